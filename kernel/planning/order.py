"""The order of actions: what is needed is made first, what stands on something goes before it, and losses come last."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping

from kernel.core.delta import Added, Changed, Removed, Renamed
from kernel.core.errors import Cycle
from kernel.core.node import Catalog, NodeId
from kernel.kinds._spec import Kind
from kernel.planning.actions import Action


class Tangled(Exception):
    """The actions that stand in a circle."""

    def __init__(self, actions: tuple[Action, ...]) -> None:
        super().__init__(", ".join(f"{one.verb} {one.subject}" for one in actions))
        self.actions = actions


def order(actions: list[Action], base: Catalog, desired: Catalog, kinds: Mapping[str, Kind]) -> list[Action]:
    """The actions, each after all that it needs; the same for any order of the input."""
    actions = sorted(actions, key=lambda one: _preference(one, kinds))
    edges = _edges(actions, base, desired)
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


def _preference(action: Action, kinds: Mapping[str, Kind]) -> tuple[int, int, NodeId, str]:
    """Renames, what adds, what changes, what takes away; kinds in the order in which they are made, or the other way round."""
    rank = kinds[action.subject.kind].rank
    verb = action.verb.partition(".")[0]
    phase = {"rename": 0, "add": 1, "change": 2, "rebuild": 2, "drop": 3}[verb]
    return phase, -rank if verb == "drop" else rank, action.subject, action.verb


def _edges(actions: list[Action], base: Catalog, desired: Catalog) -> dict[int, set[int]]:
    makers: dict[NodeId, list[int]] = {}
    breakers: dict[NodeId, int] = {}
    changers: dict[NodeId, list[int]] = {}
    names_freed: dict[tuple[str, str], list[int]] = {}
    for at, action in enumerate(actions):
        for delta in action.deltas:
            match delta:
                case Added() | Changed():
                    makers.setdefault(delta.id, []).append(at)
                    if isinstance(delta, Changed):
                        changers.setdefault(delta.id, []).append(at)
                case Removed(node):
                    breakers[node.id] = at
                    names_freed.setdefault((node.id.path[0], node.name), []).append(at)
                case Renamed(before, _):
                    names_freed.setdefault((before.path[0], before.name), []).append(at)
        also = {action.subject} if action.verb == "rebuild" else action.choice.strategy.covers - action.ids
        for id in also:
            makers.setdefault(id, []).append(at)
            changers.setdefault(id, []).append(at)
    found: dict[int, set[int]] = {}

    def edge(first: int, then: int) -> None:
        if first != then:
            found.setdefault(first, set()).add(then)
    for at, action in enumerate(actions):
        for id in _made(action):
            for needed in _needs(desired, id):
                for maker in makers.get(needed, ()):
                    edge(maker, at)
            if id in breakers:
                edge(breakers[id], at)
            elif id in base:
                kept = desired[id].depends_on if id in desired else frozenset[NodeId]()
                for gone in base[id].depends_on - kept:
                    if gone in breakers:
                        edge(at, breakers[gone])
            if id in desired and action.verb != "rename":
                for freed in names_freed.get((id.path[0], id.path[-1]), ()):
                    edge(freed, at)
        for delta in action.deltas:
            if isinstance(delta, Removed):
                for needed in _needs(base, delta.id):
                    if needed in breakers:
                        edge(at, breakers[needed])
                    for changer in changers.get(needed, ()):
                        edge(at, changer)
    _attributes_in_turn(actions, edge)
    return found


def _made(action: Action) -> Iterable[NodeId]:
    for delta in action.deltas:
        if not isinstance(delta, Removed):
            yield delta.id


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
