"""apply: run a plan on the database that it was made for, and keep the books.

preflight (digest, signatures, expiry, target, what it reads, lease) -> each step: look, lock, run, read back, journal -> the end
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.core.errors import (
    AnotherRole,
    BaseMoved,
    DataRefused,
    Denied,
    DidNotArrive,
    Refused,
    SqlxError,
    StoppedPartWay,
    UsageError,
)
from kernel.core.node import Catalog
from kernel.core.plan import Plan
from kernel.flows import audit
from kernel.flows.execute import Executor
from kernel.flows.ground import actor, attend, require_target, selected, stamp
from kernel.flows.journal import DONE, RUNNING, UNDONE, Journal, Run, transaction
from kernel.flows.lease import leased
from kernel.flows.offenders import counted, look, refusal
from kernel.flows.package import Package, open_package, require_fresh
from kernel.flows.ports import Ports
from kernel.flows.sign import require_trusted
from kernel.kinds._spec import Kind
from kernel.planning.choose import OVER_BUDGET
from kernel.planning.introspect import introspect

Kinds = dict[str, Kind]


@dataclass(frozen=True)
class Request:
    """Which plan, where, and what was allowed."""

    folder: Path
    target: str
    yes: bool = False
    allow_data_loss: bool = False
    resume: bool = False
    accept: tuple[str, ...] = ()
    patience: float = 60.0
    key: Path | None = None
    online: bool = False


@dataclass(frozen=True)
class Result:
    """What was done: the plan's name, how many steps ran now, the fingerprint that the database has, and the audit log's place."""

    plan: str
    steps: int
    fingerprint: str
    already: bool = False
    checkpoint: str = ""


def run(request: Request, ports: Ports) -> Result:
    """Apply. Any error before the first step leaves the database as it was."""
    package = open_package(request.folder)
    plan = package.plan
    require_fresh(plan, ports.now())
    require_trusted(package, ports, yes=request.yes)
    _require_allowed(plan, request)
    key = audit.signing_key(request.key)
    with ports.look(ports.target(request.target)) as session, leased(session):
        journal = Journal(session)
        require_target(plan, session, journal)
        attend(session, plan)
        kinds = session.adapter.kinds(ports.all_kinds)
        seen = introspect(session, kinds)
        kinds, there, before = seen.answered(kinds), seen.catalog, selected(seen.catalog, plan)
        now = journal.run(package.id)
        if now is not None and now.state == DONE:
            return _already(package, before)
        _require_no_other(journal, package.id)
        resumed = now is not None and now.open
        if resumed and not request.resume:
            raise StoppedPartWay(f"plan {package.id} was begun and not ended", next=f"sqlx apply {request.folder} --resume, or sqlx rollback")
        if not resumed:
            _require_role(plan, session)
            _require_base(plan, there, before)
            if "rows-refuse" not in request.accept:
                _require_rows(plan, session)
        if plan.empty:
            return Result(package.id, 0, before.digest)
        journal.ensure()
        clerk = audit.Clerk(ports, journal, package, key, actor())
        if not resumed:
            with transaction(session):
                _begin(journal, package, ports)
                clerk.post("apply_start", before=before.digest)
        done = _steps(package, session, journal, kinds, request, ports)
        after = selected(introspect(session, kinds).catalog, plan)
        if after.digest != plan.desired:
            raise DidNotArrive("every step is done, and the database is not what was desired",
                               why="something that the plan does not know was changed too", next="plan again to see the difference: `sqlx plan:diff`")
        with transaction(session):
            journal.mark(package.id, DONE, stamp(ports))
            clerk.post("apply_ok", before=plan.base, after=after.digest, steps=plan.steps)
        return Result(package.id, done, after.digest, checkpoint=clerk.flush())


def _steps(package: Package, session: Any, journal: Journal, kinds: Kinds, request: Request, ports: Ports) -> int:
    plan = package.plan

    def tell(name: str, **facts: str | int | bool) -> None:
        ports.event(f"apply.{name}", **facts)
    executor = Executor(session, journal, kinds, package.id, lambda: stamp(ports), tell, request.patience)
    known, done = journal.steps(package.id), 0
    for step in plan.steps:
        state = known.get(step.number)
        if state is not None and state.state == DONE:
            continue
        if ports.stopping():
            raise StoppedPartWay(f"stopped before step {step.number} of {len(plan.steps)}, as you asked",
                                 next=f"sqlx apply {request.folder} --resume, or sqlx rollback")
        ports.event("apply.step.begin", number=step.number, of=len(plan.steps), says=step.says)
        try:
            executor.forward(step, state.statements if state is not None and state.state != UNDONE else None)
        except SqlxError as error:
            error.where = error.where or f"step {step.number} of {len(plan.steps)}: {step.says}"
            if done or known:
                error.next = f"mend the cause, then `sqlx apply {request.folder} --resume`, or go back with `sqlx rollback {request.folder}`"
            ports.event("apply.step.failed", number=step.number, says=error.what)
            raise
        done += 1
        ports.event("apply.step.done", number=step.number, of=len(plan.steps), says=step.says)
    return done


def _require_allowed(plan: Plan, request: Request) -> None:
    if not request.yes:
        raise UsageError("nothing was done: this needs --yes", why="an apply changes a database",
                         next=f"sqlx apply {request.folder} --target ... --yes")
    if plan.loses and not request.allow_data_loss:
        raise Denied("this plan takes data away: " + "; ".join(plan.loses), why="that needs a word of its own",
                     next=f"look at plan.md, then add --allow-data-loss to `sqlx apply {request.folder}`")
    slow = [step for step in plan.steps if request.online and step.why.endswith(OVER_BUDGET)]
    if slow:
        raise Denied(f"step {slow[0].number} is not online: {slow[0].says} {slow[0].why}", why="--online keeps to the lock budget of the target",
                     next="raise the budget in sqlx.yaml, or apply without --online in a quiet hour")
    refused = [one for one in plan.findings if one.severity == "error" and one.rule not in (*request.accept, "rows-refuse")]
    if refused:
        raise Denied(f"the plan has {len(refused)} findings that stand against it: {refused[0].says}", where=refused[0].where, why=refused[0].rule,
                     next=f"mend them and plan again, or accept them by name: --accept {refused[0].rule}")


def _require_no_other(journal: Journal, plan: str) -> None:
    other = next((one for one in journal.runs() if one.open and one.plan != plan), None)
    if other is not None:
        raise StoppedPartWay(f"another plan, {other.plan}, was begun on {other.begun} and not ended", why="only one can be under way",
                             next="end it with `sqlx apply --resume`, or take it back with `sqlx rollback`")


def _require_role(plan: Plan, session: Any) -> None:
    """Else what the plan makes would belong to somebody else than it says."""
    role = session.adapter.role(session)
    if plan.target.get("role") and role and role != plan.target["role"]:
        raise AnotherRole(f"this plan is for what belongs to {plan.target['role']}, and you are connected as {role}",
                          why="what a plan makes belongs to who applies it", next=f"apply it as {plan.target['role']}, or plan again as {role}")


def _require_base(plan: Plan, there: Catalog, before: Catalog) -> None:
    """All that it touches is as it was, and so is all that is its business."""
    moved = [str(id) for id, digest in sorted(plan.reads.items()) if (there[id].digest if id in there else "") != digest]
    if moved:
        raise BaseMoved("the database was changed since the plan was made", why="different now: " + ", ".join(moved[:8]))
    if before.digest != plan.base:
        raise BaseMoved("the database was changed since the plan was made",
                        why="in objects that this plan does not touch; it would not end where it was proved to")


def _require_rows(plan: Plan, session: Any) -> None:
    """No row is in the way of any step, as far as that can be asked before the first one: else nothing is begun."""
    for step in plan.steps:
        for check in step.strategy.checks:
            try:
                count = counted(check, session)
            except (Refused, DataRefused):  # it asks for what an earlier step makes
                continue
            if count:
                raise DataRefused(refusal(check, count, step), where=f"step {step.number} of {len(plan.steps)}",
                                  why="nothing was done", next=f"mend them, then apply again; {look(check, count)};"
                                       " or --accept rows-refuse")


def _begin(journal: Journal, package: Package, ports: Ports) -> None:
    plan = package.plan
    journal.begin(Run(package.id, RUNNING, stamp(ports), "", plan.base, plan.desired, len(plan.steps), actor()))


def _already(package: Package, now: Catalog) -> Result:
    if now.digest != package.plan.desired:
        raise BaseMoved("this plan was applied before, and the database has moved on since", why="a plan is used once")
    return Result(package.id, 0, now.digest, already=True)
