"""plan:diff: from the live database to the desired state, as a plan that was tried on a twin.

connect -> learn -> read both sides -> choose and order -> prove on a twin, forward and back -> ask the rows -> write
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kernel import __version__
from kernel.config.target import Target
from kernel.core import canonical as json
from kernel.core.errors import InputError, UsageError
from kernel.core.evidence import UNKNOWN
from kernel.core.finding import Finding
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Plan, Step, plan_id
from kernel.core.strategy import PassedOver
from kernel.core.workload import ASSUMED, Workload
from kernel.flows.desired import Canonical, files_of, settle, unmodelled
from kernel.flows.files import read_file, write_file
from kernel.flows.journal import Journal, kept_prefix
from kernel.flows.learn import Knowledge, fingerprint, knowledge, scratch
from kernel.flows.live import live, writer
from kernel.flows.offenders import rows_in_the_way
from kernel.flows.outcome import made_from, standing
from kernel.flows.package import NOTHING, encoded
from kernel.flows.ports import Ports
from kernel.flows.selection import Selection
from kernel.flows.trial import Trial, ways
from kernel.flows.users import counted, felt, statistics, workload_for
from kernel.planning.actions import users_of, with_followers
from kernel.planning.choose import COPY, OVER_BUDGET, Chooser
from kernel.planning.cost import Budget
from kernel.planning.desired import renames, respelled
from kernel.planning.phases import CONTRACT, PHASES, goal
from kernel.planning.prove import Failure, Proof
from kernel.planning.risk import Setting, risk
from kernel.planning.steps import Draft, Planner
from kernel.planning.unchanged import Written, written
from kernel.udr.adapters import adapter_for

MOST_ATTEMPTS = 12


@dataclass(frozen=True)
class Request:
    """What to plan: the target, the files of the desired state, where a twin may be had (`same`: on the target's server),
    and the folder for the plan, if it is not the usual one of the project. `phase`: only as far as that phase goes; "" is all."""

    target: str
    desired: tuple[Path, ...] = ()
    twin: str = ""
    out: Path | None = None
    strict_coverage: bool = False
    snapshot: Path | None = None
    phase: str = ""
    workload: Path | None = None


@dataclass(frozen=True)
class Result:
    """The plan, its name, and the folder it was written to."""

    plan: Plan
    id: str
    folder: Path | None = None
    proof: Proof | None = None
    catalogs: bytes = b""


@dataclass(frozen=True)
class Source:
    """Where the base comes from: the live database, or a snapshot of it. `session` is None where there is nobody to ask.

    `stands` is the digest of where the live schema stands, "" where that is not known or moved while it was read.
    """

    adapter: Any
    identity: Mapping[str, str]
    base: Catalog
    written: Written
    rows: Mapping[NodeId, int]
    unmodelled: tuple[tuple[str, str], ...]
    id: str = ""
    role: str = ""
    session: Any = None
    stands: str = ""


@dataclass
class Scene:
    """The two sides, and what is known of the server."""

    target: Target
    source: Source
    known: Knowledge
    base: Catalog
    desired: Canonical
    selection: Selection
    phase: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def rows(self) -> Mapping[NodeId, int]:
        return self.source.rows


def run(request: Request, ports: Ports) -> Result:
    """Plan, and write the plan where `out` says."""
    target = ports.target(request.target, secret=request.snapshot is None)
    files = files_of(request.desired or ports.project.schema_files())
    if not files:
        raise InputError("there are no schema files", where=", ".join(map(str, request.desired or ports.project.schema)),
                         why="nothing desired would mean that everything is to be dropped",
                         next="write what is there now: `sqlx snapshot:pull`; to drop everything, desire a file with nothing in it")
    with ExitStack() as stack:
        session = None if request.snapshot else stack.enter_context(ports.open(target))
        adapter = adapter_for(target.scheme)
        twin = stack.enter_context(_twin(request.twin or target.twin, adapter, session, ports))
        role = _stand_in(session, twin) if session is not None else ""
        stands = standing(session, role, adapter.kinds(ports.all_kinds)) if session is not None else ""
        origin = made_from(stands, twin, target, files, strict=request.strict_coverage) if not request.phase else ""
        if origin and (same := ports.outcomes.get(origin)) is not None:
            return _placed(Result(_renewed(same, ports), "", catalogs=NOTHING), request, ports)
        known = stack.enter_context(knowledge(session or twin, ports, twin=twin if session is not None and twin is not session else None))
        there = known if twin is session or session is None else stack.enter_context(knowledge(twin, ports))
        ports.event("plan.read", target=target.url)
        earlier = counted(session)
        source = _live(session, known, role, stands, ports) if session is not None else _stored(request.snapshot or Path(), adapter, known)
        desired = settle(files, source.base, source.written, known, twin, there)
        selection = Selection(target.include, target.exclude)
        desired = replace(desired, catalog=selection.of(desired.catalog))
        scene = _in_phase(Scene(target, source, known, selection.of(source.base), desired, selection), request.phase)
        scene.findings += [*desired.findings, *_coverage(scene, desired, strict=request.strict_coverage), *_likeness(source, twin)]
        draft, proof = _draft(scene, twin, ports)
        workload = workload_for(request.workload, adapter, scene.base, earlier, session)
        catalogs = _catalogs(scene, draft, workload)
        plan = replace(_plan(scene, draft, proof, ports), catalogs=json.digest_bytes("catalogs", catalogs),
                       **felt(draft.steps, scene.base, adapter, known.matrix, proof, workload))
    if origin and source.stands and catalogs == NOTHING:
        ports.outcomes.put(origin, plan)
    return _placed(Result(plan, "", proof=proof, catalogs=catalogs), request, ports)


def _in_phase(scene: Scene, phase: str) -> Scene:
    """Only what a phase brings. What goes waits until all that is to come is there: a program may still need it."""
    if not phase:
        return scene
    moved, _ = _moved(scene)
    earlier = [one for one in PHASES[:PHASES.index(phase)]
               if goal(scene.base, scene.desired.catalog, moved, scene.known.kinds, one).digest != scene.base.digest]
    if earlier:
        raise UsageError(f"phase {phase} has to wait for phase {earlier[0]}", why="what that one brings is not there yet",
                         next=f"sqlx plan:diff --phase {earlier[0]}, and apply it")
    wanted = goal(scene.base, scene.desired.catalog, moved, scene.known.kinds, phase)
    return replace(scene, desired=replace(scene.desired, catalog=wanted), phase=phase)


def _renewed(plan: Plan, ports: Ports) -> Plan:
    """As if it were made now."""
    now = ports.now()
    return replace(plan, made_at=now.isoformat(timespec="seconds"), expires_at=(now + ports.project.trust.plan_expiry).isoformat(timespec="seconds"))


def _placed(result: Result, request: Request, ports: Ports) -> Result:
    """With its name, and in its folder."""
    named = replace(result, id=plan_id(result.plan.encode()))
    folder = request.out or _folder(named, ports)
    return replace(named, folder=write(named, folder)) if folder else named


def _stand_in(session: Any, twin: Any) -> str:
    """Who may only look sees the target, and what is tried on the twin, as the role would that the objects belong to."""
    role: str = session.adapter.role(session)
    for one in {id(session): session, id(twin): twin}.values():
        one.adapter.stand_in(one, role)
    return role


def _live(session: Any, known: Knowledge, role: str, stands: str, ports: Ports) -> Source:
    rows = {id: _rows_at_most(size) for id, size in session.adapter.sizes(session).items()}
    base, now, stands = live(session, known, role, stands, ports)
    return Source(session.adapter, dict(session.adapter.identity(session)), base, now, rows,
                  tuple(unmodelled(session, known)), Journal(session).target_id(), role, session, stands)


SMALLEST_ROW = 32
"""Bytes that a row takes at least, with all that a server keeps of it."""


def _rows_at_most(size: Any) -> int:
    """Where nobody counted the rows: as many as could be there."""
    return int(size.rows if size.rows >= 0 or size.bytes < 0 else size.bytes // SMALLEST_ROW)


def _stored(file: Path, adapter: Any, known: Knowledge) -> Source:
    """The base as `snapshot:pull` kept it: no server and no password is needed."""
    try:
        held = json.decode(read_file(file, "the snapshot"))
        if held["format"] != "sqlx/snapshot/v1":
            raise ValueError("its format is another one")
        rows = {NodeId.from_json(id): count for id, count in held["rows"]}
        left = tuple((sort, name) for sort, name in held["unmodelled"])
        base = Catalog.from_json(held["catalog"])
        return Source(adapter, held["server"], base, written(base, writer(base, adapter, known)), rows, left, held["id"], held["role"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("this is not a snapshot", where=str(file), why=str(error), next="make it anew: `sqlx snapshot:pull`") from error


def _folder(result: Result, ports: Ports) -> Path | None:
    """In a project each plan has a place of its own, so that none takes the place of one that was applied and may have to be taken back."""
    if ports.project.file is None or result.plan.empty:
        return None
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", result.plan.target["name"].rpartition("/")[2]).strip(".-") or "target"
    return ports.project.plans / name / result.id


@contextmanager
def _twin(place: str, adapter: Any, session: Any, ports: Ports) -> Iterator[Any]:
    """A session on the server where throw-away places may be made: the target's own unless another one is given, or it is not asked."""
    if place and place != "same":
        with ports.open(ports.target(place)) as twin:
            yield twin
    elif session is not None:
        yield session
    else:
        with adapter.private() as address:
            twin = adapter.connect(address)
            try:
                yield twin
            finally:
                twin.close()


def _likeness(source: Source, twin: Any) -> Iterator[Finding]:
    """What was learned and tried on another server than the target's is said so."""
    there = dict(twin.adapter.identity(twin))
    if there != source.identity:
        yield Finding("twin-differs", "the twin",
                      f"the plan was tried on {there.get('version', '')}, and the target is {source.identity.get('version', '')}"
                      + ("" if there.get("version") != source.identity.get("version") else " with other settings"),
                      "give a twin of the same version and settings", "note")


def _coverage(scene: Scene, desired: Canonical, *, strict: bool) -> Iterator[Finding]:
    """What the catalogs hold and sqlx does not read: named, never passed over in silence."""
    for side, listed in (("the target", scene.source.unmodelled), ("the desired state", desired.unmodelled)):
        for sort, name in listed:
            if scene.selection.holds(name):
                yield Finding("unmodelled", f"{sort}:{name}", f"{side} has a {sort.replace('_', ' ')} {name}, which this plan does not look at",
                              "compare it by hand, or leave it out with `exclude`", "error" if strict else "warning")


def _draft(scene: Scene, twin: Any, ports: Ports) -> tuple[Draft, Proof | None]:
    """Plan and try it on a twin; a strategy that is refused there for this very object gives way to the next one, and what each costs is
    what it was seen to do there."""
    budget = scene.target.lock_budget
    chooser = Chooser(scene.known.kinds, scene.known.matrix, scene.rows, Budget(budget.blocked_writes_ms * 1000, budget.blocked_reads_ms * 1000),
                      hoping=True)
    own = scene.source.adapter.own_schema
    planner = Planner(chooser, scene.source.adapter.q, (own, kept_prefix(scene.base.digest, scene.desired.catalog.digest)))
    moved, stale = _moved(scene)
    scene.findings += [Finding("rename-done", one.partition(": ")[0], one.partition(": ")[2], "delete `renamed_from`", "note") for one in stale]
    draft = planner.plan(scene.base, scene.desired.catalog, moved)
    if not draft.steps:
        return draft, None
    proved: tuple[Draft, Proof] | None = None
    with scratch(twin) as place:
        trial, proof = Trial(place, scene.known, own), None
        for _ in range(MOST_ATTEMPTS):
            trial.remember(draft, draft.sides, chooser)
            draft = planner.plan(scene.base, scene.desired.catalog, moved)
            if missing := trial.build(draft.base):
                scene.findings.append(Finding("not-proved", scene.target.name, f"the base could not be built on a twin: {missing}",
                                              "the plan was not rehearsed; look at it twice"))
                chooser.hoping = False
                return planner.plan(scene.base, scene.desired.catalog, moved), None
            proof = trial.prove(draft.sides, draft, chooser)
            ports.event("plan.proof", holds=proof.holds, says=proof.failure.says if proof.failure else "")
            trial.remember(draft, draft.sides, chooser)
            if not proof.holds and not _learn_from(proof, draft, chooser):
                return _as_seen(draft, proof), proof
            draft, tried = planner.plan(scene.base, scene.desired.catalog, moved), draft
            if proof.holds and ways(draft) == ways(tried):
                return _as_seen(draft, proof), proof
            proved = (_as_seen(tried, proof), proof) if proof.holds else proved
    return proved or (draft, proof)


def _as_seen(draft: Draft, proof: Proof) -> Draft:
    """A step writes rows anew if it was learned of its strategy, or seen of it on this very table."""
    def rewrites(step: Step) -> bool | None:
        verdicts = (proof.rewrites.get(step.number), proof.seen.get(step.number, UNKNOWN).rewrites, step.rewrites)
        return True if True in verdicts else next((one for one in verdicts if one is not None), None)
    return replace(draft, steps=tuple(replace(step, rewrites=rewrites(step)) if step.capability else step for step in draft.steps))


def _moved(scene: Scene) -> tuple[dict[NodeId, NodeId], list[str]]:
    """What has another name now: as people say, and where the server takes both spellings for one name. Names are given in the last phase."""
    if scene.phase not in ("", CONTRACT):
        return {}, []
    moved, stale = renames(scene.desired.desired, scene.base, scene.desired.catalog)
    same = respelled(scene.base, scene.desired.catalog) if scene.source.adapter.q.folds_names else {}
    return with_followers({**same, **moved}, scene.base, scene.known.kinds), stale


def _learn_from(proof: Proof, draft: Draft, chooser: Chooser) -> bool:
    """What stood on the object goes out of the way of the strategy that failed; if that was tried, the strategy is vetoed.

    False where there is nothing to learn.
    """
    failure = proof.failure
    if failure is not None and failure.moved:
        return _clear_what_moved(failure.moved, draft, chooser)
    if failure is None or not failure.step or (failure.backwards and failure.undo < 0):
        return False
    at = next(at for at, step in enumerate(draft.steps) if step.number == failure.step)
    subject, capability = draft.undone[at][failure.undo] if failure.backwards else draft.subjects[at]
    if not capability:
        return False
    if capability.split(".")[1] == "rename" and failure.object is not None and failure.seen is not None and failure.foreseen:
        key = (failure.object, failure.foreseen)
        if key not in chooser.spelled:
            chooser.spelled[key] = failure.seen
            return True
    if capability.split(".")[1] in ("change", "rename") and chooser.clear(capability, _suspects(failure, capability, subject, draft, chooser)):
        return True
    chooser.cleared = {one for one in chooser.cleared if one[0] != capability}
    return chooser.veto(subject, capability, failure.says)


def _clear_what_moved(moved: Iterable[NodeId], draft: Draft, chooser: Chooser) -> bool:
    """What was otherwise in the end goes out of the way of every change of what it stands on: one of these left its mark on it."""
    said = {*draft.subjects, *(one for undo in draft.undone for one in undo)}
    changes = sorted((capability, subject) for subject, capability in said if capability.split(".")[1:2] in (["change"], ["rename"]))
    found = [chooser.clear(capability, {id}) for id in moved for capability, subject in changes
             if any(id in side and subject in side[id].depends_on for side in draft.sides)]
    return any(found)


def _suspects(failure: Failure, capability: str, subject: NodeId, draft: Draft, chooser: Chooser) -> set[NodeId]:
    """What may be in the way: the object that was not as it should be, else what stands there and was never seen to be allowed.

    What the same strategy is to do to other objects would fail for the same reason: their users of the same kinds are meant too.
    """
    def users(id: NodeId) -> set[NodeId]:
        return {user.id for side in draft.sides if id in side for user in users_of(side, id)}
    here = users(subject)
    if failure.object is not None and failure.object != subject:
        return here & {failure.object}
    unknown = {one for one in here if not chooser.granted(f"{capability}@{one.kind}")}
    left = {one for one in unknown or here if (capability, one) not in chooser.cleared} or here
    kinds = {one.kind for one in left}
    alike = {id for id, its in (*draft.subjects, *(one for undo in draft.undone for one in undo)) if its == capability}
    return {one for id in alike for one in users(id) if one.kind in kinds} | left


def _plan(scene: Scene, draft: Draft, proof: Proof | None, ports: Ports) -> Plan:
    findings = scene.findings
    if proof is not None and not proof.holds and proof.failure:
        where = f"step {proof.failure.step}" + (", going back" if proof.failure.backwards else "")
        findings.append(Finding("proof-failed", where, proof.failure.says, "this plan would not do what it says; change the input or report it",
                                "error"))
    findings += [*_orders(scene, draft), *_made_anew(draft, scene.base)]
    classified = {one.node.id for one in scene.desired.desired.objects if one.notes and one.notes.get("classification")}
    offenders = list(rows_in_the_way(draft.steps, scene.source.session, classified)) if scene.source.session is not None else []
    findings += [finding for finding, _ in offenders]
    findings += [Finding("lock-budget", f"step {step.number}", f"{step.says} {step.why}",
                         "apply it in a quiet hour, or raise `lock_budget` of the target" + _left(step.passed_over))
                 for step in draft.steps if step.why.endswith(OVER_BUDGET)]
    identity = scene.source.identity
    now = ports.now()
    proved = proof is not None and proof.holds
    budget = Budget(scene.target.lock_budget.blocked_writes_ms * 1000, scene.target.lock_budget.blocked_reads_ms * 1000)
    touched = {id for step in draft.steps for id in step.before} | {need for step in draft.steps for id in step.before if id in scene.base
                                                                     for need in scene.base[id].depends_on}
    return Plan(
        target={"name": scene.target.name, "url": scene.target.url, "server": fingerprint(identity), "version": identity.get("version", ""),
                "id": scene.source.id, "role": scene.source.role},
        base=scene.base.digest, desired=scene.desired.catalog.digest,
        capabilities=scene.known.matrix.of(step.capability for step in draft.steps).digest,
        policy=json.digest("policy", {"lock_budget": scene.target.lock_budget.as_json()}), steps=draft.steps,
        reads={id: scene.base[id].digest if id in scene.base else "" for id in touched},
        risk=risk(draft.steps, Setting(budget, scene.rows, _users(draft, scene.base), proved, sum(count for _, count in offenders))),
        findings=tuple(findings), made_by=f"sqlx {__version__}", made_at=now.isoformat(timespec="seconds"),
        expires_at=(now + ports.project.trust.plan_expiry).isoformat(timespec="seconds"),
        proof="forward and back on a twin" if proved else "", kinds=tuple(scene.known.kinds), selection=scene.selection.as_json())


def _left(passed: Iterable[PassedOver]) -> str:
    """The way that is left, in words."""
    return "".join(f"; {one.why}" for one in passed if one.name == COPY)


def _users(draft: Draft, base: Catalog) -> dict[NodeId, int]:
    """How many other objects stand on each that the steps touch."""
    touched = {id for step in draft.steps for id in step.before if id in base}
    return {id: len(found) for id in touched if (found := users_of(base, id))}


def _orders(scene: Scene, draft: Draft) -> Iterator[Finding]:
    """Where a server has no place for a column but behind the others: what then stands in another order than before, or than in the files."""
    rebuilt = {subject for subject, capability in draft.subjects if capability.startswith("table.rebuild.")}
    for table in scene.desired.catalog.of("table"):
        before = scene.base.get(table.id)
        if before is None or "order" in table.attributes or table.id in rebuilt:
            continue
        had, wanted = ([one.name for one in side.children(table.id, "column")] for side in (scene.base, scene.desired.catalog))
        gone = [name for name in had if name not in wanted]
        if [name for name in had if name in wanted] + [name for name in wanted if name not in had] != wanted:
            yield _order(table.id, "its columns stand in another order than in the files")
        elif gone and had[-len(gone):] != gone:
            yield _order(table.id, f"rolling back puts {', '.join(gone)} behind its other columns")


def _made_anew(draft: Draft, base: Catalog) -> Iterator[Finding]:
    """Columns that another one, made beside them, takes the place of."""
    for step, (subject, _) in zip(draft.steps, draft.subjects, strict=True):
        owner = base[subject].parent if subject in base else None
        if step.strategy.pieces and owner is not None and "order" not in base[owner].attributes:
            yield _order(owner, f"{subject.name} comes to stand behind its other columns")


def _order(table: NodeId, says: str) -> Finding:
    return Finding("column-order", str(table), f"table {table.label}: {says}; this server has no place for a column but the last",
                   "name the columns where they are read and written", "note")


def _catalogs(scene: Scene, draft: Draft, workload: Workload) -> bytes:
    """What the plan touches, before and after, for a twin far from the target."""
    moved, _ = _moved(scene)
    return encoded(*draft.sides, moved, statistics(scene.source.session, draft.base, scene.rows), workload if len(draft.base) else ASSUMED)


def write(result: Result, folder: Path) -> Path:
    """plan.json, what it was made from, and plan.md; lines of signatures of an older plan in the same folder would not fit and are removed."""
    from kernel.flows.rendering import plan_markdown

    data = result.plan.encode()
    write_file(folder / "plan.json", data)
    write_file(folder / "catalogs.json", result.catalogs)
    write_file(folder / "plan.sha256", f"{hashlib.sha256(data).hexdigest()}  plan.json\n".encode())
    write_file(folder / "plan.md", plan_markdown(result.plan, result.id).encode())
    stale = folder / "plan.intoto.jsonl"
    if stale.exists():
        stale.unlink()
    return folder
