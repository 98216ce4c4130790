"""The steps of a plan: drafted, tried on a twin, and seen against the rows that are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernel.core import canonical as json
from kernel.core.errors import UsageError
from kernel.core.finding import Finding
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Plan
from kernel.core.strategy import PassedOver
from kernel.core.workload import ASSUMED, Workload
from kernel.flows.draft import drafted, moved_names
from kernel.flows.offenders import rows_filled, rows_in_the_way
from kernel.flows.package import encoded
from kernel.flows.ports import Ports
from kernel.flows.scene import Scene
from kernel.flows.scratch import Room
from kernel.flows.twin import guests
from kernel.flows.users import counted, felt, statistics, workload_for
from kernel.kinds._spec import Kind
from kernel.kinds._spec import Scene as Said
from kernel.planning.actions import users_of
from kernel.planning.choose import COPY, OVER_BUDGET
from kernel.planning.phases import PHASES, goal
from kernel.planning.prove import Proof
from kernel.planning.risk import Setting, risk
from kernel.planning.steps import Draft


def planned(scene: Scene, bare: Plan, room: Room, file: Path | None, ports: Ports) -> tuple[Plan, Proof | None, bytes]:
    """The plan with its steps, what showed that it holds, and what it touches. `file` says what users do, where that is not asked of the server."""
    earlier = counted(scene.source.session)
    scene = _in_phase(scene)
    draft, proof = drafted(scene, room, ports)
    workload = workload_for(file, scene.source.adapter, scene.base, earlier, scene.source.session)
    catalogs = _catalogs(scene, draft, workload)
    plan = replace(_filled(bare, scene, draft, proof, _heat(workload, scene.base)), catalogs=json.digest_bytes("catalogs", catalogs),
                   **felt(draft.steps, scene.base, scene.source.adapter, scene.known.matrix, proof, workload))
    return plan, proof, catalogs


def _in_phase(scene: Scene) -> Scene:
    """Only what a phase brings. What goes waits until all that is to come is there: a program may still need it."""
    if not scene.phase:
        return scene
    moved, _ = moved_names(replace(scene, phase=""))
    earlier = [one for one in PHASES[:PHASES.index(scene.phase)]
               if goal(scene.base, scene.desired.catalog, moved, scene.known.kinds, one).digest != scene.base.digest]
    if earlier:
        raise UsageError(f"phase {scene.phase} has to wait for phase {earlier[0]}", why="what that one brings is not there yet",
                         next=f"sqlx plan:diff --phase {earlier[0]}, and apply it")
    wanted = goal(scene.base, scene.desired.catalog, moved, scene.known.kinds, scene.phase)
    return replace(scene, desired=replace(scene.desired, catalog=wanted))


def _heat(workload: Workload, base: Catalog) -> Mapping[NodeId, int]:
    """Writes a second to each table of which they were counted or said."""
    return {one.id: traffic.writes // 1000 for one in base.of("table") if (traffic := workload.traffic.get(one.id.label)) is not None}


def _filled(bare: Plan, scene: Scene, draft: Draft, proof: Proof | None, heat: Mapping[NodeId, int]) -> Plan:
    findings = scene.findings
    if proof is not None and not proof.holds and proof.failure:
        where = f"step {proof.failure.step}" + (", going back" if proof.failure.backwards else "")
        findings.append(Finding("proof-failed", where, proof.failure.says, "this plan would not do what it says; change the input or report it",
                                "error"))
    findings += _told_of_ours(scene.source.session) if draft.steps else ()
    findings += [*_orders(scene, draft), *_made_anew(draft, scene.base), *_let_go(draft, scene.known.kinds), *_left_out(scene, draft)]
    classified = {one.node.id for one in scene.desired.desired.objects if one.notes and one.notes.get("classification")}
    offenders = list(rows_in_the_way(draft.steps, scene.source.session, classified)) if scene.source.session is not None else []
    findings += [finding for finding, _ in offenders]
    findings += rows_filled(draft.steps, Said(scene.source.adapter.q, draft.base, scene.desired.catalog), scene.source.session,
                            scene.known.matrix.granted)
    findings += [Finding("lock-budget", f"step {step.number}", f"{step.says} {step.why}",
                         "apply it in a quiet hour, or raise `lock_budget` of the target" + _left(step.passed_over))
                 for step in draft.steps if step.why.endswith(OVER_BUDGET)]
    proved = proof is not None and proof.holds
    touched = {id for step in draft.steps for id in step.before} | {need for step in draft.steps for id in step.before if id in scene.base
                                                                     for need in scene.base[id].depends_on}
    return replace(
        bare, desired=scene.digests[1], capabilities=scene.known.matrix.of(step.capability for step in draft.steps).digest,
        steps=draft.steps, reads={id: scene.base[id].digest if id in scene.base else "" for id in touched},
        risk=risk(draft.steps, Setting(scene.budget, scene.rows, _users(draft, scene.base), proved, sum(count for _, count in offenders), heat)),
        findings=tuple(findings), proof="forward and back on a twin" if proved else "")


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
        there = [base[subject]] if step.strategy.pieces and subject in base else []
        for one in there if subject.kind == "column" else [user for node in there for user in base.dependants(node.id) if user.id.kind == "column"]:
            if one.parent is not None and one.parent != subject and "order" not in base[one.parent].attributes:
                yield _order(one.parent, f"{one.name} comes to stand behind its other columns")


def _let_go(draft: Draft, kinds: Mapping[str, Kind]) -> Iterator[Finding]:
    """What keeps, guards or hears of rows, goes, and comes again with other work between: meanwhile nobody does."""
    gone: dict[NodeId, int] = {}
    for step in draft.steps:
        for id, digest in step.after.items():
            if not digest and id in draft.base and (kinds[id.kind].binds(draft.base[id]) or kinds[id.kind].reacts):
                gone[id] = step.number
            elif digest and step.number - gone.get(id, step.number) > 1:
                yield _gap(id, gone[id], step.number, kinds[id.kind])


def _gap(id: NodeId, gone: int, back: int, kind: Kind) -> Finding:
    what, when = f"{id.kind.replace('_', ' ')} {id.label}", f"from step {gone} to step {back}"
    if kind.guards:
        return Finding("unguarded", str(id), f"{when} {what} is not there",
                       "what it hides, forbids or turns aside is open meanwhile: apply this in a quiet hour, with nobody else connected", "warning")
    if kind.reacts:
        return Finding("unheard", str(id), f"{when} {what} is not there",
                       "what it does for each row that is written is not done meanwhile: apply this in a quiet hour, or do it later for those rows",
                       "warning")
    return Finding("not-kept", str(id), f"{when} nobody keeps {what}",
                   f"rows that are written meanwhile and break it make step {back} fail: look for them then", "note")


def _left_out(scene: Scene, draft: Draft) -> Iterator[Finding]:
    """Objects that are none of the target's business, and that a step changes or makes anew all the same."""
    for step in draft.steps:
        for id in sorted(step.before):
            side = draft.base if id in draft.base else scene.desired.catalog
            if id in side and not scene.selection.has(id, side):
                yield Finding("not-selected", str(id), f"step {step.number} changes it, and the target leaves it out: {step.says}",
                              "select it, or accept that it is touched", "error")


def _told_of_ours(session: Any) -> Iterator[Finding]:
    """Publications by which others hear of the tables in which we write down what we do."""
    ask = getattr(session.adapter, "told_of_all", None) if session is not None else None
    for name in ask(session) if ask else ():
        yield Finding("told-of-ours", f"publication:{name}", "it tells who follows this database of every table, so of those in which sqlx keeps its"
                      " journal and what goes: a follower without them stops",
                      "publish schemas or tables by name instead, or make ours on the follower first", "error")


def _order(table: NodeId, says: str) -> Finding:
    return Finding("column-order", str(table), f"{says}; this server has no place for a column but the last",
                   "name the columns where they are read and written", "note")


def _catalogs(scene: Scene, draft: Draft, workload: Workload) -> bytes:
    """What the plan touches, before and after, for a twin far from the target."""
    moved, _ = moved_names(scene)
    return encoded(*draft.sides, moved, statistics(scene.source.session, draft.base, scene.rows), workload if len(draft.base) else ASSUMED,
                   guests(scene.source.session) if len(draft.base) else ())
