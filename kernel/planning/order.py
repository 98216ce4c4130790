"""The order of actions: what is needed is made first, what stands on something goes before it, and losses come last."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from kernel.core.delta import Added, Changed, Delta, Removed, Renamed
from kernel.core.errors import Cycle
from kernel.core.node import Catalog, Node, NodeId, Record
from kernel.kinds._spec import Kind
from kernel.planning import states
from kernel.planning.actions import Action


class Tangled(Exception):
    """The actions that stand in a circle."""

    def __init__(self, actions: tuple[Action, ...]) -> None:
        super().__init__(", ".join(f"{one.verb} {one.subject}" for one in actions))
        self.actions = actions


def order(actions: list[Action], base: Catalog, desired: Catalog, kinds: Mapping[str, Kind], *, dangling: bool = False) -> list[Action]:
    """The actions, each after all that it needs; the same for any order of the input. `dangling`: what may point at nothing does not wait."""
    actions = sorted(actions, key=lambda one: _preference(one, desired, kinds))
    if dangling:
        base, desired = (_let_dangle(side, kinds) for side in (base, desired))
    needed = _edges(actions, base, desired, kinds)
    wished = _merged(_merged(_calls(actions, desired), _keys_apart(actions)), _parts_before(actions, base))
    wished = _merged(wished, _filled_first(actions, base, desired, kinds))
    while True:
        try:
            return _sorted(actions, _merged(needed, wished))
        except Tangled as tangled:
            stuck = {at for at, action in enumerate(actions) if any(action is one for one in tangled.actions)}
            if not any(at in stuck for at in wished):
                raise
            wished = {at: then for at, then in wished.items() if at not in stuck}


def _let_dangle(catalog: Catalog, kinds: Mapping[str, Kind]) -> Catalog:
    """Without what ties objects that may point at nothing to others than the one that they go with."""
    return Catalog(replace(node, depends_on=frozenset(one for one in node.depends_on if node.parent and one.path[:2] == node.parent.path[:2]))
                   if kinds[node.id.kind].dangles else node for node in catalog.nodes)


def _sorted(actions: list[Action], edges: dict[int, set[int]]) -> list[Action]:
    waits = [0] * len(actions)
    for targets in edges.values():
        for target in targets:
            waits[target] += 1
    ready = [at for at in range(len(actions)) if not waits[at]]
    heapq.heapify(ready)
    ordered: list[Action] = []
    while ready:
        at = heapq.heappop(ready)
        ordered.append(actions[at])
        for target in edges.get(at, ()):
            waits[target] -= 1
            if not waits[target]:
                heapq.heappush(ready, target)
    if len(ordered) < len(actions):
        raise Tangled(tuple(actions[at] for at in range(len(actions)) if waits[at] > 0))
    return ordered


def cycle_error(tangled: Tangled) -> Cycle:
    return Cycle("these changes need one another: " + str(tangled), why="no order of them works; this is a bug of sqlx",
                 next="report it with the plan's input; change one of them first as a way round")


def _preference(action: Action, desired: Catalog, kinds: Mapping[str, Kind]) -> tuple[int, int, str, int, NodeId, str]:
    """Renames, what adds, what changes, what takes away; kinds in the order in which they are made, or the other way round.

    What would hear of changes, or takes part in them without being meant to, goes before all else. Where a server shows in which
    order the objects of a table stand (`place`), they are made in that order.
    """
    kind = kinds[action.subject.kind]
    rank, verb = kind.rank, action.verb.partition(".")[0]
    phase = -1 if (kind.listens or kind.loose) and verb == "drop" else {"rename": 0, "add": 1, "change": 2, "rebuild": 2, "drop": 3}[verb]
    node = desired.get(action.subject)
    place = node.hints.get("place") if node is not None and verb == "add" else None
    owner = str(node.parent) if node is not None and isinstance(place, int) else ""
    return phase, -rank if verb == "drop" else rank, owner, place if isinstance(place, int) else 0, action.subject, action.verb


def _edges(actions: list[Action], base: Catalog, desired: Catalog, kinds: Mapping[str, Kind]) -> dict[int, set[int]]:
    makers: dict[NodeId, list[int]] = {}
    breakers: dict[NodeId, int] = {}
    changers: dict[NodeId, list[int]] = {}
    easers: dict[NodeId, list[int]] = {}
    parts_gone: dict[NodeId | None, list[int]] = {}
    names_freed: dict[tuple[str, str], list[int]] = {}
    places_freed: dict[tuple[str, NodeId | None], list[int]] = {}
    for at, action in enumerate(actions):
        for delta in action.deltas:
            for name in _freed(delta, kinds):
                names_freed.setdefault(name, []).append(at)
            match delta:
                case Changed() if set(delta.attributes) <= {_COMMENT}:
                    continue
                case Added() | Changed():
                    if action.verb != f"change.{states.FOLLOWS}":
                        makers.setdefault(delta.id, []).append(at)
                    if isinstance(delta, Changed):
                        (easers if action.eases else changers).setdefault(delta.id, []).append(at)
                case Removed(node):
                    breakers[node.id] = at
                    parts_gone.setdefault(node.parent, []).append(at)
                    if _in_schema(node, kinds):
                        names_freed.setdefault(_place_of(node.id), []).append(at)
                    if kinds[node.id.kind].single:
                        places_freed.setdefault((node.id.kind, node.parent), []).append(at)
                case Renamed(before, _):
                    names_freed.setdefault(_place_of(before), []).append(at)
        also = {action.subject} if action.verb == "rebuild" else action.choice.strategy.covers - action.ids
        for id in also:
            makers.setdefault(id, []).append(at)
            changers.setdefault(id, []).append(at)
    sayings = _sayings(actions, kinds)
    found: dict[int, set[int]] = {}

    def edge(first: int, then: int) -> None:
        if first != then:
            found.setdefault(first, set()).add(then)
    for at, action in enumerate(actions):
        alone = action.choice.strategy.alone
        for id in _made(action) if action.verb not in ("drop", "rename") else ():
            for needed in () if action.eases else _needed_first(action, id, desired):
                for maker in makers.get(needed, ()) if at not in names_freed.get(_place_of(needed), ()) else ():
                    if maker not in sayings or not _may_be_spoken_of(desired.get(id), kinds):
                        edge(maker, at)
            if kinds[id.kind].loose:
                for needed in _needs(desired, id):
                    for part in parts_gone.get(needed, ()):
                        edge(part, at)
            if id in breakers:
                for gone in (id, *(_needs(base, id) - _needs(desired, id))):
                    if gone in breakers:
                        edge(breakers[gone], at)
            elif id in base:
                for gone in () if alone and id != action.subject else _needed_before(action, id, base) - _needs_of(action, id, desired):
                    if gone in breakers:
                        edge(at, breakers[gone])
                for needed in base[id].depends_on if action.eases else ():
                    for changer in changers.get(needed, ()):
                        edge(at, changer)
            if id in desired and _in_schema(desired[id], kinds):
                for freed in names_freed.get(_place_of(id), ()):
                    edge(freed, at)
            if id in desired and id not in base and kinds[id.kind].single:
                for freed in places_freed.get((id.kind, desired[id].parent), ()):
                    edge(freed, at)
        for delta in action.deltas:
            if isinstance(delta, Removed):
                for needed in _stand_apart(action, delta.id, base):
                    if needed in breakers:
                        edge(at, breakers[needed])
                    for changer in (*changers.get(needed, ()), *easers.get(needed, ())):
                        spoken = changer in sayings and _may_be_spoken_of(delta.node, kinds)
                        if needed == base[delta.id].parent and (spoken or _is_of(actions[changer], needed)):
                            continue
                        if needed in base and not action.ids & _needed_before(actions[changer], needed, base):
                            edge(at, changer)
    _renames_first(actions, names_freed, edge)
    _broken_by_renames(actions, kinds, edge)
    _attributes_in_turn(actions, edge)
    _what_follows(actions, edge)
    _what_is_spoken_of(actions, sayings, edge)
    return found


_COMMENT = "comment"
"""The attribute that nothing stands on: whoever needs the object need not wait until people are told of it."""


def _freed(delta: Delta, kinds: Mapping[str, Kind]) -> Iterable[tuple[str, str]]:
    """Names that an object took beside its own, and has no use for any more."""
    match delta:
        case Removed(node):
            names, still = kinds[node.id.kind].names(node), tuple[tuple[str, str], ...]()
        case Changed(before, after):
            names, still = kinds[before.id.kind].names(before), kinds[before.id.kind].names(after)
        case _:
            return
    yield from ((schema, name.lower()) for schema, name in names if (schema, name) not in still)


def _place_of(id: NodeId) -> tuple[str, str]:
    """The name that it has in its schema."""
    return id.path[0], id.name.lower()


def _is_of(action: Action, owner: NodeId) -> bool:
    """A change of an object that has parts, and of nothing else."""
    return action.verb.startswith("change.") and action.ids == {owner} and not action.eases and not action.choice.strategy.covers


def _parts_before(actions: list[Action], base: Catalog) -> dict[int, set[int]]:
    """What goes with an object and is dropped goes before the object itself is changed, unless it must wait for changes of other parts."""
    changes: dict[NodeId, list[int]] = {}
    for at, action in enumerate(actions):
        if _is_of(action, action.subject):
            changes.setdefault(action.subject, []).append(at)
    found: dict[int, set[int]] = {}
    for at, action in enumerate(actions):
        for delta in action.deltas:
            owner = base[delta.id].parent if isinstance(delta, Removed) and delta.id in base else None
            if owner is not None and owner in changes:
                found.setdefault(at, set()).update(changes[owner])
    return found


def _filled_first(actions: list[Action], base: Catalog, desired: Catalog, kinds: Mapping[str, Kind]) -> dict[int, set[int]]:
    """Where all that a table holds goes, what comes into it comes first: many servers know no table of nothing."""
    gone = {delta.id: at for at, action in enumerate(actions) for delta in action.deltas if isinstance(delta, Removed) and delta.id in base}
    parents = {base[id].parent for id in gone if kinds[id.kind].holds_rows} - {None, *gone}
    held = {parent: [one.id for one in base.children(parent) if kinds[one.id.kind].holds_rows] for parent in parents}
    found: dict[int, set[int]] = {}
    for at, action in enumerate(actions):
        for id in action.ids if action.verb == "add" else ():
            leaving = held.get(desired[id].parent, []) if id in desired and id not in base and kinds[id.kind].holds_rows else []
            if leaving and all(one in gone for one in leaving) and not desired[id].depends_on & gone.keys():
                found.setdefault(at, set()).update(gone[one] for one in leaving)
    return found


def _what_follows(actions: list[Action], edge: Callable[[int, int], None]) -> None:
    """What follows from parts of an object is put right when all of them have come, gone or got their names."""
    last = {action.subject: at for at, action in enumerate(actions) if action.verb == f"change.{states.FOLLOWS}"}
    for at, action in enumerate(actions) if last else ():
        for delta in action.deltas:
            if not isinstance(delta, Changed) and len(delta.id.path) > 2 and (follows := last.get(NodeId("table", delta.id.path[:2]))) is not None:
                edge(at, follows)


def _sayings(actions: list[Action], kinds: Mapping[str, Kind]) -> dict[int, tuple[str, str]]:
    """Changes of what a table says of its parts (how rows are spread over partitions, and the like): its words before and after."""
    found = {}
    for at, action in enumerate(actions):
        for delta in action.deltas if action.verb.startswith("change.") and not action.choice.strategy.alone else ():
            if isinstance(delta, Changed) and delta.id == action.subject and delta.before.parent is None and kinds[delta.id.kind].holds_rows:
                said = [one.name for one in kinds[delta.id.kind].attributes if one.spelled and one.name in delta.attributes]
                words = (" ".join(str(node.get(name)) for name in said if node.get(name)).lower() for node in (delta.before, delta.after))
                found[at] = (next(words), next(words))
    return {at: words for at, words in found.items() if any(words)}


def _may_be_spoken_of(node: Node | None, kinds: Mapping[str, Kind]) -> bool:
    """A column, or a key over columns."""
    return node is not None and node.parent is not None and (kinds[node.id.kind].holds_rows or bool(_column_names(node)))


def _what_is_spoken_of(actions: list[Action], sayings: Mapping[int, tuple[str, str]], edge: Callable[[int, int], None]) -> None:
    """Columns come before the table speaks of them, and go after it did. Keys are put right before, or after where it says no more."""
    parts: dict[NodeId, list[tuple[int, Node, bool]]] = {}
    for at, action in enumerate(actions) if sayings else ():
        for delta in action.deltas:
            if not isinstance(delta, Renamed) and len(delta.id.path) > 2:
                node = delta.after if isinstance(delta, Changed) else delta.node
                parts.setdefault(NodeId("table", delta.id.path[:2]), []).append((at, node, isinstance(delta, Removed)))
    for at, (before, after) in sayings.items():
        for other, node, goes in parts.get(actions[at].subject, ()):
            if _column_names(node):
                edge(*((other, at) if after else (at, other)))
            elif node.name.lower() in (before if goes else after):
                edge(*((at, other) if goes else (other, at)))


def _renames_first(actions: list[Action], names_freed: Mapping[tuple[str, str], list[int]], edge: Callable[[int, int], None]) -> None:
    """All else is said under the new names; but what has a new name already must be dropped before."""
    for at, action in enumerate(actions):
        if action.verb == "rename":
            for freed in names_freed.get(_place_of(action.subject), ()):
                if actions[freed].verb == "drop":
                    edge(freed, at)
            for other, one in enumerate(actions):
                if one.verb not in ("drop", "rename"):
                    edge(at, other)


def _broken_by_renames(actions: list[Action], kinds: Mapping[str, Kind], edge: Callable[[int, int], None]) -> None:
    """What goes, to be made again or for good, and stands on what gets another name: servers that do not carry it along would mind it.

    What is part of it goes, or gets its own new name, when it is called by the new one.
    """
    renamed = {action.subject: at for at, action in enumerate(actions) if action.verb == "rename"}
    left = {delta.before: at for at in renamed.values() for delta in actions[at].deltas if isinstance(delta, Renamed)}
    for id, at in renamed.items():
        if id in left:
            edge(left[id], at)
    for at, action in enumerate(actions):
        for delta in action.deltas if renamed and action.verb in ("drop", "rename") else ():
            for id, rename in renamed.items():
                if len(delta.id.path) > len(id.path) and delta.id.path[:len(id.path)] == id.path:
                    edge(rename, at)
                elif isinstance(delta, Removed) and id in delta.node.depends_on and (
                        not kinds[delta.id.kind].holds_rows or delta.node.text("generated")):
                    edge(at, rename)


def _calls(actions: list[Action], desired: Catalog) -> dict[int, set[int]]:
    """Routines before those whose bodies call them, and after those of the same name that go: beside one another, a call could mean either.
    Those that go are called by nobody any more by then.

    The server does not mind, until one is called; so this gives way to all that it minds.
    """
    made: dict[str, list[int]] = {}
    gone: dict[str, list[int]] = {}
    found: dict[int, set[int]] = {}
    for at, action in enumerate(actions):
        for delta in action.deltas:
            if "(" in delta.id.name:
                (gone if isinstance(delta, Removed) else made).setdefault(_called(delta.id), []).append(at)
    for name, ats in gone.items():
        for at in ats:
            found.setdefault(at, set()).update(then for then in made.get(name, ()) if actions[then].subject != actions[at].subject)
    for at, action in enumerate(actions):
        for name in _calls_of(desired.get(action.subject)):
            for first in made.get(name, ()):
                found.setdefault(first, set()).add(at)
        for delta in action.deltas:
            if isinstance(delta, Removed):
                found.setdefault(at, set()).update(then for name in _calls_of(delta.node) for then in gone.get(name, ()))
    return {at: then - {at} for at, then in found.items()}


def _calls_of(routine: Node | None) -> tuple[str, ...]:
    """The names of the routines that its body calls."""
    called = routine.hints.get("calls") if routine is not None else ()
    return tuple(map(str, called)) if isinstance(called, tuple) else ()


def _called(id: NodeId) -> str:
    """The name of a routine without its arguments."""
    return id.name.rpartition("(")[0].lower()


def _keys_apart(actions: list[Action]) -> dict[int, set[int]]:
    """Where two keys over the same columns come and go, a foreign key never sees both: the server would tie it to one of them, and
    to which one nobody says."""
    keys: dict[_Place, list[int]] = {}
    links: dict[_Place, list[int]] = {}
    for at, action in enumerate(actions):
        for delta in action.deltas:
            if not isinstance(delta, Added | Removed):
                continue
            node, target = delta.node, delta.node.hints.get("target")
            if isinstance(target, tuple):
                links.setdefault(_Place(isinstance(delta, Removed), target, frozenset(node.names("references"))), []).append(at)
            elif node.parent is not None and (columns := _column_names(node)):
                keys.setdefault(_Place(isinstance(delta, Removed), node.parent.path, columns), []).append(at)
    found: dict[int, set[int]] = {}
    for place, listed in links.items():
        for key in keys.get(replace(place, going=not place.going), ()):
            for link in listed:
                first, then = (link, key) if place.going else (key, link)
                found.setdefault(first, set()).add(then)
    return found


@dataclass(frozen=True)
class _Place:
    """Some columns of a table: what is over them, or points at them, goes or comes."""

    going: bool
    table: tuple[object, ...]
    columns: frozenset[str]


def _column_names(node: Node) -> frozenset[str]:
    listed = node.get("columns")
    return frozenset(one.text("column") for one in listed if isinstance(one, Record)) if isinstance(listed, tuple) else frozenset()


def _merged(one: Mapping[int, set[int]], other: Mapping[int, set[int]]) -> dict[int, set[int]]:
    return {at: one.get(at, set()) | other.get(at, set()) for at in one.keys() | other.keys()}


def _in_schema(node: Node, kinds: Mapping[str, Kind]) -> bool:
    """Its name may be one that another object of the schema has: not a column's, nor one that people did not give."""
    return node.parent is None or (bool(node.get("named", True)) and not kinds[node.id.kind].holds_rows)


def _made(action: Action) -> Iterable[NodeId]:
    for delta in action.deltas:
        if not isinstance(delta, Removed):
            yield delta.id


def _needs_of(action: Action, id: NodeId, desired: Catalog) -> frozenset[NodeId]:
    """What an object that the action makes or changes then needs; one that is made to do without something does not need that."""
    if action.eases:
        return next(delta.after.depends_on for delta in action.deltas if isinstance(delta, Changed))
    return _needs(desired, id)


def _needed_first(action: Action, id: NodeId, desired: Catalog) -> Iterable[NodeId]:
    """What must be there before the action makes this."""
    return _needs(desired, id) if id == action.subject else _stand_apart(action, id, desired)


def _stand_apart(action: Action, id: NodeId, catalog: Catalog) -> Iterable[NodeId]:
    """What an object needs; of an action that works alone, without what stands on its objects: that goes before and comes after it."""
    needs = _needs(catalog, id)
    if not action.choice.strategy.alone:
        return needs
    touched = action.ids | {catalog[one].parent for one in action.ids if one in catalog}
    return (one for one in needs if one not in catalog or not catalog[one].depends_on & touched)


def _needed_before(action: Action, id: NodeId, base: Catalog) -> frozenset[NodeId]:
    """What it needed until then; it may have been made to do without something first."""
    before = [delta.before for delta in action.deltas if isinstance(delta, Changed) and delta.id == id]
    return before[0].depends_on if before else base[id].depends_on


def _needs(catalog: Catalog, id: NodeId) -> frozenset[NodeId]:
    node = catalog.get(id)
    if node is None:
        return frozenset()
    return node.depends_on | {node.parent} if node.parent else node.depends_on


def _attributes_in_turn(actions: list[Action], edge: Callable[[int, int], None]) -> None:
    """Several changes of one object keep the order in which they were chosen."""
    chains: dict[NodeId, list[int]] = {}
    for at, action in enumerate(actions):
        if action.verb.startswith("change."):
            chains.setdefault(action.subject, []).append(at)
    for ats in chains.values():
        if len(ats) > 1:
            starts = {actions[at].deltas[0].before.digest: at for at in ats if isinstance(actions[at].deltas[0], Changed)}  # type: ignore[union-attr]
            for at in ats:
                delta = actions[at].deltas[0]
                following = starts.get(delta.after.digest) if isinstance(delta, Changed) else None
                if following is not None and not actions[following].eases:
                    edge(at, following)
