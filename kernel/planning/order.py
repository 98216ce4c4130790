"""The order of actions: what is needed is made first, what stands on something goes before it, and losses come last."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from kernel.core.errors import Cycle
from kernel.core.node import Catalog, NodeId
from kernel.kinds._spec import Kind
from kernel.planning import needs, wishes
from kernel.planning.actions import Action
from kernel.planning.work import Edge, Work

Edges = dict[int, set[int]]
"""Those that come after an action, by its place."""


class Tangled(Exception):
    """The actions that stand in a circle."""

    def __init__(self, actions: tuple[Action, ...]) -> None:
        super().__init__(", ".join(f"{one.verb} {one.subject}" for one in actions))
        self.actions = actions


def order(actions: list[Action], base: Catalog, desired: Catalog, kinds: Mapping[str, Kind], *, dangling: bool = False,
          loosely: bool = False) -> list[Action]:
    """The actions, each after all that it needs; the same for any order of the input. `dangling`: what may point at nothing does not wait.
    `loosely`: what is needed mostly is not needed where that stands in a circle."""
    if dangling:
        base, desired = (_let_dangle(side, kinds) for side in (base, desired))
    work = Work(tuple(sorted(actions, key=lambda one: _preference(one, desired, kinds))), base, desired, kinds)
    needed, mostly, wished = (_edges(rules, work) for rules in (needs.RULES, needs.MOSTLY, wishes.RULES))
    while True:
        try:
            return _sorted(work.actions, _merged(_merged(needed, mostly), wished))
        except Tangled as tangled:
            stuck = {at for at, action in enumerate(work.actions) if any(action is one for one in tangled.actions)}
            if any(at in stuck for at in wished):
                wished = {at: then for at, then in wished.items() if at not in stuck}
            elif loosely and any(at in stuck for at in mostly):
                mostly = {at: then for at, then in mostly.items() if at not in stuck}
            else:
                raise


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


def _let_dangle(catalog: Catalog, kinds: Mapping[str, Kind]) -> Catalog:
    """Without what ties objects that may point at nothing to others than the one that they go with."""
    return Catalog(replace(node, depends_on=frozenset(one for one in node.depends_on if node.parent and one.path[:2] == node.parent.path[:2]))
                   if kinds[node.id.kind].dangles else node for node in catalog.nodes)


def _edges(rules: Iterable[Callable[[Work], Iterator[Edge]]], work: Work) -> Edges:
    """What the rules say together. Nothing waits for itself."""
    found: Edges = {}
    for rule in rules:
        for first, then in rule(work):
            if first != then:
                found.setdefault(first, set()).add(then)
    return found


def _merged(one: Edges, other: Edges) -> Edges:
    return {at: one.get(at, set()) | other.get(at, set()) for at in one.keys() | other.keys()}


def _sorted(actions: tuple[Action, ...], edges: Edges) -> list[Action]:
    """By Kahn's algorithm: of those that wait for nothing, the first in the list comes next."""
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
