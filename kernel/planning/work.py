"""The actions of one plan, and who among them makes, changes and takes away what: what the rules of their order look things up in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from kernel.core.delta import Added, Changed, Delta, Removed, Renamed
from kernel.core.node import Catalog, Node, NodeId, Record
from kernel.core.words import spoken_of
from kernel.kinds._spec import Kind
from kernel.planning import states
from kernel.planning.actions import Action

Edge = tuple[int, int]
"""Two actions by their places in the list: the first one before the other."""

Name = tuple[str, str]
"""A schema and what something is called in it, in small letters."""

Key = TypeVar("Key")

COMMENT = "comment"
"""The attribute that nothing stands on: whoever needs the object need not wait until people are told of it."""


@dataclass(frozen=True)
class Work:
    """What is to be put in order. Actions are meant by their places in the list."""

    actions: tuple[Action, ...]
    base: Catalog
    desired: Catalog
    kinds: Mapping[str, Kind]

    def deltas(self) -> Iterator[tuple[int, Delta]]:
        """Every delta with the action that makes it true."""
        return ((at, delta) for at, action in enumerate(self.actions) for delta in action.deltas)

    def removed(self) -> Iterator[tuple[int, NodeId]]:
        """What goes, with the action that takes it away."""
        return ((at, delta.id) for at, delta in self.deltas() if isinstance(delta, Removed))

    def made(self) -> Iterator[tuple[int, NodeId]]:
        """What an action makes or changes otherwise than by giving it another name."""
        for at, action in enumerate(self.actions):
            if action.verb not in ("drop", "rename"):
                yield from ((at, delta.id) for delta in action.deltas if not isinstance(delta, Removed))

    @cached_property
    def makers(self) -> Mapping[NodeId, list[int]]:
        """Actions after which an object is as others need it."""
        felt = ((delta.id, at) for at, delta in self._felt() if self.actions[at].verb != f"change.{states.FOLLOWS}")
        return _listed((*felt, *self._along()))

    @cached_property
    def changers(self) -> Mapping[NodeId, list[int]]:
        """Actions that change an object which was there before."""
        felt = ((delta.id, at) for at, delta in self._felt() if isinstance(delta, Changed) and not self.actions[at].eases)
        return _listed((*felt, *self._along()))

    @cached_property
    def easers(self) -> Mapping[NodeId, list[int]]:
        """Actions that make an object do without something for a while."""
        return _listed((delta.id, at) for at, delta in self._felt() if isinstance(delta, Changed) and self.actions[at].eases)

    @cached_property
    def breakers(self) -> Mapping[NodeId, int]:
        """The action that takes an object away."""
        return {id: at for at, id in self.removed()}

    @cached_property
    def parts_gone(self) -> Mapping[NodeId | None, list[int]]:
        """Actions that take parts of an object away."""
        return _listed((delta.node.parent, at) for at, delta in self.deltas() if isinstance(delta, Removed))

    @cached_property
    def names_freed(self) -> Mapping[Name, list[int]]:
        """Actions after which a name in a schema is free."""
        return _listed((name, at) for at, delta in self.deltas() for name in self._freed(delta))

    @cached_property
    def places_freed(self) -> Mapping[tuple[str, NodeId | None], list[int]]:
        """Actions that take away what an object can have but one of."""
        gone = ((at, delta.node) for at, delta in self.deltas() if isinstance(delta, Removed))
        return _listed(((node.id.kind, node.parent), at) for at, node in gone if self.kinds[node.id.kind].single)

    @cached_property
    def renamed(self) -> Mapping[NodeId, int]:
        """The action that gives an object its new name, by that name."""
        return {action.subject: at for at, action in enumerate(self.actions) if action.verb == "rename"}

    @cached_property
    def sayings(self) -> Mapping[int, tuple[frozenset[str], frozenset[str]]]:
        """Changes of what a table says of its parts (how rows are spread over partitions, and the like): its words before and after."""
        found = {}
        for at, delta in self.deltas():
            action = self.actions[at]
            alters = action.verb.startswith("change.") and not action.choice.strategy.alone
            if alters and isinstance(delta, Changed) and delta.id == action.subject and delta.before.parent is None:
                found[at] = _words(delta, self.kinds[delta.id.kind])
        return {at: words for at, words in found.items() if any(words)}

    @cached_property
    def narrowed(self) -> frozenset[NodeId]:
        """Objects that are to hold less."""
        return frozenset(one.subject for one in self.actions if one.verb.startswith("change.") and one.choice.strategy.loses)

    def narrows(self, at: int, whole: int) -> bool:
        """A change of a part that is to hold less, beside one of nothing but the object that it is part of."""
        id, owner = self.actions[at].subject, self.actions[whole].subject
        return (self.actions[at].verb.startswith("change.") and id in self.narrowed and id in self.base and self.base[id].parent == owner
                and changes_only(self.actions[whole], owner))

    def may_be_spoken_of(self, node: Node | None) -> bool:
        """A column, or a key over columns."""
        return node is not None and node.parent is not None and (self.kinds[node.id.kind].holds_rows or bool(column_names(node)))

    def in_schema(self, node: Node) -> bool:
        """Its name may be one that another object of the schema has: not a column's, nor one that people did not give."""
        return node.parent is None or (bool(node.get("named", True)) and not self.kinds[node.id.kind].holds_rows)

    def keeps_values(self, node: Node) -> bool:
        """It holds values, and nothing computes them."""
        return self.kinds[node.id.kind].holds_rows and not node.text("generated")

    def _felt(self) -> Iterator[tuple[int, Added | Changed]]:
        """What comes or changes in a way that others may stand on."""
        for at, delta in self.deltas():
            if isinstance(delta, Added | Changed) and not (isinstance(delta, Changed) and set(delta.attributes) <= {COMMENT}):
                yield at, delta

    def _along(self) -> Iterator[tuple[NodeId, int]]:
        """What an action makes beside what it was chosen for."""
        for at, action in enumerate(self.actions):
            for id in {action.subject} if action.verb == "rebuild" else action.choice.strategy.covers - action.ids:
                yield id, at

    def _freed(self, delta: Delta) -> Iterable[Name]:
        """Names that nobody has any more: an object's own, and those that it took beside its own."""
        match delta:
            case Removed(node):
                yield from ((schema, name.lower()) for schema, name in self.kinds[node.id.kind].names(node))
                if self.in_schema(node):
                    yield name_of(node.id)
            case Changed(before, after):
                names = self.kinds[before.id.kind].names
                yield from ((schema, name.lower()) for schema, name in names(before) if (schema, name) not in names(after))
            case Renamed(before, _):
                yield name_of(before)


def _listed(pairs: Iterable[tuple[Key, int]]) -> dict[Key, list[int]]:
    found: dict[Key, list[int]] = {}
    for key, at in pairs:
        found.setdefault(key, []).append(at)
    return found


_OPTION = re.compile(r"\w+(=\w+)?")
"""A setting that names no part of a table: a collation, a number of something."""


def _words(delta: Changed, kind: Kind) -> tuple[frozenset[str], frozenset[str]]:
    said = [one.name for one in kind.attributes if one.spelled and one.name in delta.attributes] if kind.holds_rows else []

    def words(node: Node) -> frozenset[str]:
        listed = (text for name in said for text in (node.names(name) if isinstance(node.get(name), tuple) else (node.text(name),)))
        return spoken_of(" ".join(text for text in listed if not _OPTION.fullmatch(text)))
    return words(delta.before), words(delta.after)


def name_of(id: NodeId) -> Name:
    """The name that it has in its schema."""
    return id.path[0], id.name.lower()


def column_names(node: Node) -> frozenset[str]:
    """The columns that a key or an index is over."""
    listed = node.get("columns")
    return frozenset(one.text("column") for one in listed if isinstance(one, Record)) if isinstance(listed, tuple) else frozenset()


def changes_only(action: Action, owner: NodeId) -> bool:
    """A change of an object that has parts, and of nothing else."""
    return action.verb.startswith("change.") and action.ids == {owner} and not action.eases and not action.choice.strategy.covers
