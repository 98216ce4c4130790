"""Planning and trying in turns: what a twin shows of a draft is what the next one is made with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from kernel.core.evidence import UNKNOWN
from kernel.core.finding import Finding
from kernel.core.node import NodeId
from kernel.core.plan import Step
from kernel.flows.journal import kept_prefix
from kernel.flows.ports import Ports
from kernel.flows.scene import Scene
from kernel.flows.scratch import Room
from kernel.flows.timing import slow
from kernel.flows.trial import Trial, ways
from kernel.flows.users import statistics
from kernel.planning.actions import users_of, with_followers
from kernel.planning.choose import Chooser
from kernel.planning.phases import CONTRACT
from kernel.planning.prove import Failure, Proof
from kernel.planning.renames import counters, renames, respelled
from kernel.planning.steps import Draft, Planner

MOST_ATTEMPTS = 12
"""So many drafts are tried, and for each step of a long plan two more until one holds: what a refusal teaches is of one object, as a rule."""


def drafted(scene: Scene, room: Room, ports: Ports) -> tuple[Draft, Proof | None]:
    """Plan and try it on a twin; a strategy that is refused there for this very object gives way to the next one, and what each costs is
    what it was seen to do there."""
    chooser = Chooser(scene.known.kinds, scene.known.matrix, scene.rows, scene.budget, hoping=True, bounds=scene.source.bounds)
    own = scene.source.adapter.own_schema
    planner = Planner(chooser, scene.source.adapter.q, (own, kept_prefix(*scene.digests)))
    moved, stale = moved_names(scene)
    scene.findings += stale
    draft = planner.plan(scene.base, scene.desired.catalog, moved)
    if not draft.steps:
        return draft, None
    proved: tuple[Draft, Proof] | None = None
    trial, proof = Trial(room.place, scene.known, own), None
    for attempt in count():
        if attempt >= MOST_ATTEMPTS and (proved or attempt >= 2 * len(draft.steps)):
            break
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
            if long := slow(draft, chooser):
                ports.event("plan.timing", steps=len(long))
                if says := trial.time(long, draft, chooser, statistics(scene.source.session, draft.base, scene.rows)):
                    ports.event("plan.untimed", says=says)
                draft = planner.plan(scene.base, scene.desired.catalog, moved)
            return _as_seen(draft, proof), proof
        proved = (_as_seen(tried, proof), proof) if proof.holds else proved
    return proved or (draft, proof)


def _as_seen(draft: Draft, proof: Proof) -> Draft:
    """Whether a step writes rows anew: as seen on a clone with rows; else it does if it was learned of its strategy, or the proof without rows
    shows it: there are servers that give an empty table new storage where they would add a column to a filled one at once."""
    def rewrites(step: Step) -> bool | None:
        if (seen := proof.seen.get(step.number, UNKNOWN).rewrites) is not None:
            return seen
        verdicts = (proof.rewrites.get(step.number), step.rewrites)
        return True if True in verdicts else next((one for one in verdicts if one is not None), None)
    return replace(draft, steps=tuple(replace(step, rewrites=rewrites(step)) if step.capability else step for step in draft.steps))


def moved_names(scene: Scene) -> tuple[dict[NodeId, NodeId], list[Finding]]:
    """What has another name now: as people say, and where the server takes both spellings for one name. Names are given in the last phase."""
    if scene.phase not in ("", CONTRACT):
        return {}, []
    moved, stale = renames(scene.desired.desired, scene.base, scene.desired.catalog)
    same = respelled(scene.base, scene.desired.catalog) if scene.source.adapter.q.folds_names else {}
    named = {**same, **moved}
    counting = counters(scene.base, scene.desired.catalog, named, scene.known.kinds)
    return with_followers({**counting, **named}, scene.base, scene.known.kinds), stale


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
    part = draft.desired.get(subject) or draft.base.get(subject)
    if capability.split(".")[1] in ("add", "drop") and (owner := chooser.without(part, draft.base)) and chooser.clear(capability, {owner.id}):
        return True
    if capability.split(".")[1] == "drop" and chooser.clear(capability, _passing_on(subject, draft, chooser)):
        return True
    chooser.cleared = {one for one in chooser.cleared if one[0] != capability}
    return chooser.veto(subject, capability, failure.says)


def _passing_on(gone: NodeId, draft: Draft, chooser: Chooser) -> set[NodeId]:
    """What was taken to stand on something else by itself where this goes."""
    base, desired = draft.sides
    return {user.id for user in base.dependants(gone) if chooser.of(user).instead(user, base[gone], desired)} if gone in base else set()


def _clear_what_moved(moved: Iterable[NodeId], draft: Draft, chooser: Chooser) -> bool:
    """What was otherwise in the end goes out of the way of every change of what it stands on: one of these left its mark on it."""
    said = {*draft.subjects, *(one for undo in draft.undone for one in undo)}
    changes = sorted((capability, subject) for subject, capability in said if capability.split(".")[1:2] in (["change"], ["rename"]))
    found = [chooser.clear(capability, {id}) for id in moved for capability, subject in changes
             if any(id in side and subject in side[id].depends_on for side in draft.sides)]
    return any(found)


def _suspects(failure: Failure, capability: str, subject: NodeId, draft: Draft, chooser: Chooser) -> set[NodeId]:
    """What may be in the way: the object that was not as it should be, else what stands there and was never seen to be allowed, or what can do
    without a part that is changed.

    An object whose table has another name by then is on neither side called as it is there: it is found by all names that the step gives and takes.
    What the same strategy is to do to other objects would fail for the same reason: their users of the same kinds are meant too.
    """
    def users(id: NodeId) -> set[NodeId]:
        return {user.id for side in draft.sides if id in side for user in users_of(side, id)}
    owner = chooser.without(draft.base.get(subject), draft.base)
    step = next(one for one in draft.steps if one.number == failure.step)
    here = {user for id in {subject, *step.after} if id.kind == subject.kind for user in users(id)} | ({owner.id} if owner else set())
    if failure.object is not None and failure.object != subject:
        return here & {failure.object}
    unknown = {one for one in here if not chooser.granted(f"{capability}@{one.kind}")}
    left = {one for one in unknown or here if (capability, one) not in chooser.cleared} or here
    kinds = {one.kind for one in left}
    alike = {id for id, its in (*draft.subjects, *(one for undo in draft.undone for one in undo)) if its == capability}
    return {one for id in alike for one in users(id) if one.kind in kinds} | left
