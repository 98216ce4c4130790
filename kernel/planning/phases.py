"""Expand, migrate, contract: one change as three plans, for three deploys of the program that uses the database.

    expand      what the program that runs now does not notice: new objects, and what allows more than before
    migrate     what moves values or asks more of rows: other types, new rules for what was there
    contract    what only the old program needed goes, or gets another name

Each phase has a catalog of its own to get to, so that it is planned, proved and applied like any other plan, and is empty when it is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kernel.core.delta import Added, Changed, Delta, Removed, Renamed, diff
from kernel.core.node import Catalog, Node, NodeId
from kernel.kinds._spec import Kind
from kernel.planning import states

EXPAND, MIGRATE, CONTRACT = "expand", "migrate", "contract"
PHASES = (EXPAND, MIGRATE, CONTRACT)


def phase_of(delta: Delta, base: Catalog, kinds: Mapping[str, Kind]) -> str:
    """In which phase a difference is made, taken by itself."""
    match delta:
        case Added(node):
            new = node.parent is None or node.parent not in base
            return EXPAND if new or not kinds[node.id.kind].binds(node) else MIGRATE
        case Changed(before, after):
            return EXPAND if kinds[after.id.kind].loosens(before, after) else MIGRATE
    return CONTRACT


def latest(deltas: Iterable[Delta], base: Catalog, kinds: Mapping[str, Kind]) -> str:
    """The phase of what makes all of these at once."""
    return max((phase_of(one, base, kinds) for one in deltas), key=PHASES.index, default=EXPAND)


def goal(base: Catalog, desired: Catalog, renames: Mapping[NodeId, NodeId], kinds: Mapping[str, Kind], phase: str) -> Catalog:
    """What the database is to be at the end of a phase: as desired, but for what a later one changes.

    What stands on something that is left for later is left as well, and so is what would take the place or the name of what stays for now.
    """
    if phase == CONTRACT:
        return desired
    moved = _moved(base, desired, renames)
    deltas = [told for one in diff(base, desired) if one.id not in moved and (told := _without_order(one)) is not None]
    chosen = {one.id: one for one in deltas if not isinstance(one, Renamed) and PHASES.index(phase_of(one, base, kinds)) <= PHASES.index(phase)}
    later = {one.id: one for one in deltas if one.id not in chosen}
    left = moved | later.keys()
    stays = [one.node for one in later.values() if isinstance(one, Removed)]
    while True:
        gone = {id for id, one in chosen.items() if isinstance(one, Added | Changed) and _must_wait(one, left, stays, desired, kinds)}
        if not gone:
            return states.after(base, chosen.values(), desired, {})
        left |= gone
        for id in gone:
            del chosen[id]


def _must_wait(delta: Added | Changed, left: set[NodeId], stays: Iterable[Node], desired: Catalog, kinds: Mapping[str, Kind]) -> bool:
    node = desired[delta.id]
    if (node.depends_on | ({node.parent} if node.parent else set())) & left:
        return True
    single = kinds[node.id.kind].single
    return isinstance(delta, Added) and any(
        (one.id.path[0], one.name) == (node.id.path[0], node.name) or (single and (one.id.kind, one.parent) == (node.id.kind, node.parent))
        for one in stays)


def _without_order(delta: Delta) -> Delta | None:
    """The order of parts follows from which there are; another one for itself is the last thing to do. None if nothing else is left."""
    match delta:
        case Changed(before, after) if states.FOLLOWS in delta.attributes:
            told = Changed(before, after.with_(**{states.FOLLOWS: before.get(states.FOLLOWS)}))
            return told if told.attributes else None
    return delta


def _moved(base: Catalog, desired: Catalog, renames: Mapping[NodeId, NodeId]) -> set[NodeId]:
    """What gets another name, with all that is part of it, under both names."""
    found = {node.id for old in renames if old in base for node in base.subtree(old)}
    return found | {node.id for new in renames.values() if new in desired for node in desired.subtree(new)} | set(renames) | set(renames.values())
