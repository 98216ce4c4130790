"""rollback: take back the steps of a plan that are done, last first, each by the undo that was planned with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kernel.core.errors import CannotPlan, DidNotReturn, Drifted, SqlxError, StoppedPartWay, UsageError
from kernel.core.node import NodeId
from kernel.core.plan import Step
from kernel.flows import audit
from kernel.flows.execute import Executor
from kernel.flows.ground import actor, attend, require_target, selected, stamp
from kernel.flows.journal import DONE, UNDOING, UNDONE, Journal, transaction
from kernel.flows.lease import leased
from kernel.flows.package import open_package
from kernel.flows.ports import Ports
from kernel.flows.purge import require_kept
from kernel.flows.sign import require_trusted
from kernel.planning.introspect import introspect


@dataclass(frozen=True)
class Request:
    """Which plan, and where. `force` goes on although something that the plan made was changed since."""

    folder: Path
    target: str
    yes: bool = False
    patience: float = 60.0
    key: Path | None = None


@dataclass(frozen=True)
class Result:
    """`lost` is what could not be brought back, as the plan said."""

    plan: str
    steps: int
    fingerprint: str
    lost: tuple[str, ...] = ()
    checkpoint: str = ""


def run(request: Request, ports: Ports) -> Result:
    """Roll back. What cannot be taken back is said before anything is done."""
    package = open_package(request.folder)
    plan = package.plan
    if not request.yes:
        raise UsageError("nothing was done: this needs --yes", why="a rollback changes a database",
                         next=f"sqlx rollback {request.folder} --target ... --yes")
    require_trusted(package, ports, yes=True)
    key = audit.signing_key(request.key)
    with ports.look(ports.target(request.target)) as session, leased(session):
        journal = Journal(session)
        require_target(plan, session, journal)
        attend(session, plan)
        kinds = session.adapter.kinds(ports.all_kinds)
        seen = introspect(session, kinds)
        kinds, before = seen.answered(kinds), selected(seen.catalog, plan)
        now = journal.run(package.id)
        if now is None or now.state == UNDONE:
            raise UsageError(f"plan {package.id} has not been applied here" if now is None else f"plan {package.id} was taken back already",
                             next="see `sqlx status`")
        require_kept(journal, package.id)
        states = journal.steps(package.id)
        todo = [step for step in reversed(plan.steps) if step.number in states and states[step.number].state != UNDONE]
        executor = Executor(session, journal, kinds, package.id, lambda: stamp(ports),
                            lambda name, **facts: ports.event(f"rollback.{name}", **facts), request.patience)
        _require_possible(todo, executor, {number for number, one in states.items() if one.state == DONE})
        clerk = audit.Clerk(ports, journal, package, key, actor())
        if now.state != UNDOING:
            with transaction(session):
                journal.mark(package.id, UNDOING)
                clerk.post("rollback_start", before=before.digest)
        for step in todo:
            if ports.stopping():
                raise StoppedPartWay(f"stopped before taking back step {step.number}, as you asked", next=f"sqlx rollback {request.folder} again")
            _back(step, executor, ports, request)
        after = selected(introspect(session, kinds).catalog, plan)
        if after.digest != plan.base:
            raise DidNotReturn("every step was taken back, and the database is not what it was", why="something else was changed since",
                               next="plan against what it should be: `sqlx plan:diff`")
        with transaction(session):
            journal.mark(package.id, UNDONE, stamp(ports))
            clerk.post("rolled_back", before=before.digest, after=after.digest, steps=tuple(todo))
        lost = tuple(step.loses for step in todo if step.for_good)
        return Result(package.id, len(todo), after.digest, lost, clerk.flush())


def _back(step: Step, executor: Executor, ports: Ports, request: Request) -> None:
    ports.event("rollback.step.begin", number=step.number, says=step.says)
    try:
        executor.backward(step)
    except SqlxError as error:
        error.where = error.where or f"taking back step {step.number}: {step.says}"
        error.next = f"mend the cause, then `sqlx rollback {request.folder}` again"
        raise
    ports.event("rollback.step.done", number=step.number, says=step.says)


def _require_possible(todo: list[Step], executor: Executor, done: set[int]) -> None:
    stuck = next((step for step in todo if step.cannot_undo), None)
    if stuck is not None:
        raise CannotPlan(f"step {stuck.number} cannot be taken back: {stuck.says}", why=stuck.cannot_undo,
                         next="go forward instead: `sqlx plan:diff`")
    last: dict[NodeId, tuple[int, str]] = {}
    for step in reversed(todo):
        if step.number in done:
            last.update({id: (step.number, digest) for id, digest in step.after.items()})
        else:
            for id in step.after:
                last.pop(id, None)
    moved = executor.differences({id: digest for id, (_, digest) in last.items()})
    if moved:
        raise Drifted("the database was changed since the plan was applied", why="; ".join(moved[:8]), next="plan again: `sqlx plan:diff`")

