"""plan:diff: from the live database to the desired state, as a plan that was tried on a twin.

connect -> learn -> read both sides -> choose and order -> prove on a twin, forward and back -> ask the rows -> write
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from kernel import __version__
from kernel.core import canonical as json
from kernel.core.errors import InputError, UsageError
from kernel.core.finding import Finding
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Plan, plan_id
from kernel.core.strategy import PassedOver
from kernel.core.workload import ASSUMED, Workload
from kernel.flows.desired import Canonical, files_of, settle
from kernel.flows.draft import Scene, drafted, moved_names
from kernel.flows.files import write_file
from kernel.flows.learn import fingerprint, knowledge
from kernel.flows.offenders import rows_in_the_way
from kernel.flows.outcome import made_from, standing
from kernel.flows.package import NOTHING, encoded
from kernel.flows.ports import Ports
from kernel.flows.selection import Selection, of_server
from kernel.flows.source import attended, guests, likeness, live_source, stand_in, stored, stored_source, twin_of
from kernel.flows.users import counted, felt, statistics, workload_for
from kernel.planning.actions import users_of
from kernel.planning.choose import COPY, OVER_BUDGET
from kernel.planning.phases import PHASES, goal
from kernel.planning.prove import Proof
from kernel.planning.risk import Setting, risk
from kernel.planning.steps import Draft
from kernel.udr.adapters import adapter_for


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


def run(request: Request, ports: Ports) -> Result:
    """Plan, and write the plan where `out` says."""
    target = ports.target(request.target, secret=request.snapshot is None)
    files = files_of(request.desired or ports.project.schema_files())
    if not files:
        raise InputError("there are no schema files", where=", ".join(map(str, request.desired or ports.project.schema)),
                         why="nothing desired would mean that everything is to be dropped",
                         next="write what is there now: `sqlx snapshot:pull`; to drop everything, desire a file with nothing in it")
    with ExitStack() as stack:
        held = stored(request.snapshot) if request.snapshot else None
        session = None if held else stack.enter_context(ports.open(target))
        adapter = adapter_for(target.scheme)
        twin = stack.enter_context(twin_of(request.twin or target.twin, adapter, session, ports))
        role = stand_in(session, twin) if session is not None else ""
        stands = standing(session, role, adapter.kinds(ports.all_kinds)) if session is not None else ""
        origin = made_from(stands, twin, target, files, strict=request.strict_coverage) if not request.phase else ""
        if origin and (same := ports.outcomes.get(origin)) is not None:
            return _placed(Result(_renewed(same, ports), "", catalogs=NOTHING), request, ports)
        known = stack.enter_context(knowledge(session or twin, ports, twin=twin if session is not None and twin is not session else None,
                                              of=held and held["server"]))
        alone = twin is session or (held is not None and held["server"] == dict(twin.adapter.identity(twin)))
        there = known if alone else stack.enter_context(knowledge(twin, ports))
        ports.event("plan.read", target=target.url)
        earlier = counted(session)
        source = (live_source(session, known, role, stands, ports) if session is not None
                  else stored_source(held or {}, request.snapshot or Path(), adapter, known))
        desired = settle(files, source.base, source.written, known, twin, there)
        selection = Selection(target.include, target.exclude, of_server(desired.catalog, known.kinds))
        desired = replace(desired, catalog=selection.of(desired.catalog))
        base = selection.of(attended(source, selection.attended, known))
        scene = _in_phase(Scene(target, source, known, base, desired, selection), request.phase)
        scene.findings += [*desired.findings, *_coverage(scene, desired, strict=request.strict_coverage), *likeness(source, twin)]
        draft, proof = drafted(scene, twin, ports)
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
    moved, _ = moved_names(scene)
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


def _folder(result: Result, ports: Ports) -> Path | None:
    """In a project each plan has a place of its own, so that none takes the place of one that was applied and may have to be taken back."""
    if ports.project.file is None or result.plan.empty:
        return None
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", result.plan.target["name"].rpartition("/")[2]).strip(".-") or "target"
    return ports.project.plans / name / result.id


def _coverage(scene: Scene, desired: Canonical, *, strict: bool) -> Iterator[Finding]:
    """What the catalogs hold and sqlx does not read: named, never passed over in silence."""
    for side, listed in (("the target", scene.source.unmodelled), ("the desired state", desired.unmodelled)):
        for sort, name in listed:
            if scene.selection.holds(name):
                yield Finding("unmodelled", f"{sort}:{name}", f"{side} has a {sort.replace('_', ' ')} {name}, which this plan does not look at",
                              "compare it by hand, or leave it out with `exclude`", "error" if strict else "warning")


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
    touched = {id for step in draft.steps for id in step.before} | {need for step in draft.steps for id in step.before if id in scene.base
                                                                     for need in scene.base[id].depends_on}
    return Plan(
        target={"name": scene.target.name, "url": scene.target.url, "server": fingerprint(identity), "version": identity.get("version", ""),
                "id": scene.source.id, "role": scene.source.role},
        base=scene.base.digest, desired=scene.desired.catalog.digest,
        capabilities=scene.known.matrix.of(step.capability for step in draft.steps).digest,
        policy=json.digest("policy", {"lock_budget": scene.target.lock_budget.as_json()}), steps=draft.steps,
        reads={id: scene.base[id].digest if id in scene.base else "" for id in touched},
        risk=risk(draft.steps, Setting(scene.budget, scene.rows, _users(draft, scene.base), proved, sum(count for _, count in offenders))),
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
    moved, _ = moved_names(scene)
    return encoded(*draft.sides, moved, statistics(scene.source.session, draft.base, scene.rows), workload if len(draft.base) else ASSUMED,
                   guests(scene.source.session) if len(draft.base) else ())


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
