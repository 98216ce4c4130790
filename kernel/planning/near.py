"""What has to do with what: a plan looks at what changes and at what is around that, however much else there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from kernel.core.delta import Delta, Renamed, diff, patch
from kernel.core.node import Catalog, Node, NodeId


class Linked(Protocol):
    """Objects with what they go with and what they need, both ways."""

    def __contains__(self, id: object) -> bool: ...
    def __getitem__(self, id: NodeId) -> Node: ...
    def subtree(self, id: NodeId) -> Iterator[Node]: ...
    def dependants(self, id: NodeId) -> tuple[Node, ...]: ...


@dataclass(frozen=True)
class Near:
    """`found` are the objects around others, whole tables and the like, but for the foreign keys with which these have nothing to do;
    of those in `wide`, all that hangs on them is among these."""

    found: set[NodeId]
    wide: set[NodeId]

    def __or__(self, other: Near) -> Near:
        return Near(self.found | other.found, self.wide | other.wide)


def around(catalog: Linked, touched: Iterable[NodeId], needed: Iterable[NodeId] = ()) -> Near:
    """The objects touched with all that they are part of, what hangs on them, and what any of these need. What is `needed` is there
    with all that it needs itself; of a table that is only needed, the tables to which it refers in turn are not.
    """
    near, begun = Near(set(), set()), set[NodeId]()
    todo = [(outermost(catalog, id), True) for id in touched if id in catalog]
    todo += [(id, False) for id in needed]
    while todo:
        id, users_too = todo.pop()
        if id not in catalog or id in (near.wide if users_too else near.found):
            continue
        whole, here = outermost(catalog, id), list(catalog.subtree(id))
        beside = () if whole in begun else (node for node in catalog.subtree(whole) if "target" not in node.hints)
        begun.add(whole)
        for node in (*here, *beside):
            if node.id not in near.found and ("target" not in node.hints or users_too or node.id == id):
                near.found.add(node.id)
                todo += [(one, False) for one in node.depends_on if one not in near.found]
        for node in here if users_too else ():
            near.wide.add(node.id)
            todo += [(user.id, True) for user in catalog.dependants(node.id) if user.id not in near.wide]
    return near


def around_both(one: Linked, other: Linked, touched: set[NodeId]) -> Near:
    """Around the objects in either of two states. Of what is there in one of them alone, the other shows what it went with, as that is there."""
    owners = {outermost(side, id) for side in (one, other) for id in touched if id in side}
    return around(one, touched | owners) | around(other, touched | owners)


def outermost(catalog: Linked, id: NodeId) -> NodeId:
    while (parent := catalog[id].parent) is not None and parent in catalog:
        id = parent
    return id


def touched_by(deltas: Iterable[Delta]) -> set[NodeId]:
    """The objects that these deltas speak of, before and after."""
    return {id for delta in deltas for id in ((delta.before, delta.after) if isinstance(delta, Renamed) else (delta.id,))}


def differing(base: Catalog, desired: Catalog, renames: Mapping[NodeId, NodeId]) -> set[NodeId]:
    """The objects that are otherwise on the other side."""
    return touched_by(diff(base, desired, renames)) | set(renames)


def neighbourhood(base: Catalog, desired: Catalog, touched: Iterable[NodeId]) -> tuple[Catalog, Catalog, set[NodeId]]:
    """The two catalogs without what has nothing to do with the objects touched, and of which of them all users are there.

    What bears on all objects (`everywhere`) stays, with what it needs.
    """
    touched = set(touched)
    everywhere = [node.id for catalog in (base, desired) for node in catalog.nodes if node.hints.get("everywhere")]
    near = around(base, touched, everywhere) | around(desired, touched, everywhere)
    return _of(base, near.found), _of(desired, near.found), near.wide


def _of(catalog: Catalog, near: set[NodeId]) -> Catalog:
    """These objects, in an order that is not that of the input; the columns of a table have one of their own, which stays."""
    chosen = [node for node in catalog.nodes if node.id in near]
    return Catalog([*sorted((node for node in chosen if node.id.kind != "column"), key=lambda one: one.id),
                    *(node for node in chosen if node.id.kind == "column")])


class World:
    """A catalog that changes step by step, without being copied for each. What it shows of itself are catalogs as ever."""

    def __init__(self, catalog: Catalog) -> None:
        self._nodes: dict[NodeId, Node] = {}
        self._places: dict[NodeId, int] = {}
        self._parts: dict[NodeId, dict[NodeId, None]] = {}
        self._users: dict[NodeId, dict[NodeId, None]] = {}
        self._everywhere: set[NodeId] = set()
        self._next = 0
        for node in catalog.nodes:
            self._put(node)

    def __contains__(self, id: object) -> bool:
        return id in self._nodes

    def __getitem__(self, id: NodeId) -> Node:
        return self._nodes[id]

    def subtree(self, id: NodeId) -> Iterator[Node]:
        todo = [id]
        while todo:
            here = todo.pop()
            if here in self._nodes:
                yield self._nodes[here]
            todo += self._parts.get(here, ())

    def dependants(self, id: NodeId) -> tuple[Node, ...]:
        return tuple(self._nodes[one] for one in self._users.get(id, ()))

    def view(self, near: set[NodeId]) -> Catalog:
        """These objects, and those that bear on all with what they need."""
        chosen = (near | around(self, (), self._everywhere).found) & self._nodes.keys()
        return Catalog(self._nodes[id] for id in sorted(chosen, key=self._places.__getitem__))

    def change(self, before: Catalog, after: Catalog, deltas: Iterable[Delta]) -> None:
        """What one view of it showed becomes what is there after these deltas. What gets another name stays at its place."""
        moved = patch(before, (delta for delta in deltas if isinstance(delta, Renamed)))
        places = {new: self._places[old] for old, new in zip(before, moved, strict=True)}
        for id in before:
            if id not in after or after[id] is not before[id]:
                self._take(id)
        for node in after.nodes:
            if node.id not in self._nodes:
                self._put(node, places.get(node.id))

    def _put(self, node: Node, place: int | None = None) -> None:
        self._nodes[node.id] = node
        self._places[node.id] = self._next if place is None else place
        self._next += 1
        if node.parent is not None:
            self._parts.setdefault(node.parent, {})[node.id] = None
        for id in node.depends_on:
            self._users.setdefault(id, {})[node.id] = None
        if node.hints.get("everywhere"):
            self._everywhere.add(node.id)

    def _take(self, id: NodeId) -> None:
        node = self._nodes.pop(id)
        del self._places[id]
        if node.parent is not None:
            self._parts[node.parent].pop(id, None)
        for one in node.depends_on:
            self._users[one].pop(id, None)
        self._everywhere.discard(id)
