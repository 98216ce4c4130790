"""Schema objects as plain data: what a DBA would list of a database, without the database.

A `Node` is one object (a table, a column, an index); a `Catalog` is an immutable set of them with a fingerprint.
Attributes are plain values. An absent attribute ("this server has no such thing, or nothing was said") differs from None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, Union, cast

from kernel.core import canonical

Value = Union[None, bool, int, str, tuple["Value", ...], "Record"]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\Z")


class Record(Mapping[str, Value]):
    """A small frozen mapping, for attributes that have parts (the key of an index, for example)."""

    __slots__ = ("_hash", "_members")

    def __init__(self, members: Mapping[str, Value] | Iterable[tuple[str, Value]] = (), **more: Value) -> None:
        self._members: dict[str, Value] = dict(members, **more)
        self._hash: int | None = None

    def __getitem__(self, key: str) -> Value:
        return self._members[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._members.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self._members == other._members if isinstance(other, Record) else NotImplemented

    def __repr__(self) -> str:
        return f"Record({self._members!r})"

    def text(self, key: str) -> str:
        """The member as text; "" where it is absent or None."""
        value = self._members.get(key)
        return "" if value is None else str(value)


class NodeId(NamedTuple):
    """The stable name of a schema object: its kind and its path, outermost first.

    `index:public.users.users_email_key`; parts that are not plain words are written in double quotes. On servers where the
    database is the schema the first part is empty, so that a copy of the database has the same names.
    """

    kind: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}:{self.label}"

    @property
    def label(self) -> str:
        """The path for people: `public.users.email`."""
        return ".".join(part if _PLAIN.match(part) else '"' + part.replace('"', '""') + '"' for part in self.path if part)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[-1]

    def renamed(self, name: str) -> NodeId:
        return NodeId(self.kind, (*self.path[:-1], name))

    def as_json(self) -> list[Any]:
        return [self.kind, *self.path]

    @classmethod
    def from_json(cls, data: Iterable[str]) -> NodeId:
        kind, *path = data
        return cls(kind, tuple(path))

    @classmethod
    def parse(cls, text: str) -> NodeId:
        """The opposite of `str`, for paths without an empty part."""
        kind, _, label = text.partition(":")
        parts = re.findall(r'"((?:[^"]|"")*)"|([^."]+)', label)
        return cls(kind, tuple(quoted.replace('""', '"') or plain for quoted, plain in parts))


@dataclass(frozen=True, slots=True)
class Node:
    """One schema object.

    `attributes` are compared; `hints` are not (the text as it was written, where the object stands in a file).
    `parent` is the object that it goes with when that one is dropped; `depends_on` must be there before it.
    """

    id: NodeId
    attributes: Mapping[str, Value]
    parent: NodeId | None = field(default=None, compare=False)
    depends_on: frozenset[NodeId] = field(default=frozenset(), compare=False)
    hints: Mapping[str, Value] = field(default_factory=dict, compare=False)

    def __getitem__(self, name: str) -> Value:
        return self.attributes[name]

    def __hash__(self) -> int:
        return hash(self.id)

    def get(self, name: str, otherwise: Value = None) -> Value:
        return self.attributes.get(name, otherwise)

    def text(self, name: str) -> str:
        """The attribute as text; "" where it is absent or None."""
        value = self.attributes.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        return bool(self.attributes.get(name))

    def names(self, name: str) -> tuple[str, ...]:
        """An attribute that is a list of names."""
        return cast("tuple[str, ...]", self.attributes.get(name) or ())

    def records(self, name: str) -> tuple[Record, ...]:
        """An attribute that is a list of records."""
        return cast("tuple[Record, ...]", self.attributes.get(name) or ())

    @property
    def name(self) -> str:
        return self.id.path[-1]

    def hint(self, name: str) -> str:
        value = self.hints.get(name)
        return "" if value is None else str(value)

    def with_(self, **changes: Value) -> Node:
        """The same object with some attributes changed."""
        return replace(self, attributes={**self.attributes, **changes})

    def without(self, *names: str) -> Node:
        return replace(self, attributes={key: value for key, value in self.attributes.items() if key not in names})

    @property
    def digest(self) -> str:
        return canonical.digest_bytes("node", canonical.encode_attributes([self.id.as_json(), dict(self.attributes)]))

    def as_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"id": self.id.as_json(), "attributes": self.attributes}
        if self.parent:
            data["parent"] = self.parent.as_json()
        if self.depends_on:
            data["depends_on"] = sorted(one.as_json() for one in self.depends_on)
        if self.hints:
            data["hints"] = self.hints
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Node:
        return cls(
            NodeId.from_json(data["id"]),
            {key: frozen(value) for key, value in data["attributes"].items()},
            NodeId.from_json(data["parent"]) if "parent" in data else None,
            frozenset(NodeId.from_json(one) for one in data.get("depends_on", ())),
            {key: frozen(value) for key, value in data.get("hints", {}).items()},
        )


def _members(data: dict[str, Any]) -> dict[str, Value]:
    """With all of its lists and objects immutable, in place."""
    for key, value in data.items():
        if type(value) is list or type(value) is dict:
            data[key] = frozen(value)
    return data


def frozen(value: Any) -> Value:
    """A JSON value with its lists and objects made immutable."""
    match value:
        case list() | tuple():
            return tuple(frozen(one) for one in value)
        case Mapping():
            return Record({key: frozen(one) for key, one in value.items()})
    return cast("Value", value)


class Catalog(Mapping[NodeId, Node]):
    """An immutable set of schema objects. Its digest is the *fingerprint*; each subtree has one too (a Merkle tree).

    `digests` are fingerprints of subtrees that are known already: of objects that come from another catalog with all that goes with them.
    """

    def __init__(self, nodes: Iterable[Node] = (), digests: Mapping[NodeId, str] | None = None) -> None:
        self._nodes: dict[NodeId, Node] = {node.id: node for node in nodes}
        self._digests: dict[NodeId, str] = dict(digests or {})

    def __getitem__(self, id: NodeId) -> Node:
        return self._nodes[id]

    def __iter__(self) -> Iterator[NodeId]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, id: object) -> bool:
        return id in self._nodes

    def __eq__(self, other: object) -> bool:
        return self._nodes == other._nodes if isinstance(other, Catalog) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Catalog({', '.join(map(str, self._nodes))})"

    @property
    def nodes(self) -> Iterable[Node]:
        return self._nodes.values()

    @cached_property
    def _children(self) -> Mapping[NodeId | None, tuple[NodeId, ...]]:
        found: dict[NodeId | None, list[NodeId]] = {}
        for node in self._nodes.values():
            found.setdefault(node.parent if node.parent in self._nodes else None, []).append(node.id)
        return {parent: tuple(ids) for parent, ids in found.items()}

    @cached_property
    def _dependants(self) -> Mapping[NodeId, tuple[NodeId, ...]]:
        found: dict[NodeId, list[NodeId]] = {}
        for node in self._nodes.values():
            for id in node.depends_on:
                found.setdefault(id, []).append(node.id)
        return {id: tuple(ids) for id, ids in found.items()}

    def children(self, id: NodeId | None, kind: str = "") -> tuple[Node, ...]:
        """The objects that go with this one, in the order in which they were read; None asks for the outermost ones."""
        return tuple(self._nodes[child] for child in self._children.get(id, ()) if not kind or child.kind == kind)

    def subtree(self, id: NodeId) -> Iterator[Node]:
        """The object and all that goes with it, parents first."""
        todo = [id]
        while todo:
            here = todo.pop()
            if here in self._nodes:
                yield self._nodes[here]
            todo.extend(reversed(self._children.get(here, ())))

    def dependants(self, id: NodeId) -> tuple[Node, ...]:
        """The objects that need this one to be there."""
        return tuple(self._nodes[one] for one in self._dependants.get(id, ()))

    def of(self, kind: str) -> tuple[Node, ...]:
        return tuple(node for node in self._nodes.values() if node.id.kind == kind)

    def plus(self, *nodes: Node) -> Catalog:
        return Catalog([*self._nodes.values(), *nodes])

    def digest_of(self, id: NodeId) -> str:
        """The fingerprint of one object with all that goes with it."""
        if id not in self._digests:
            for node in reversed(tuple(self.subtree(id))):
                below = sorted(self._digests[child] for child in self._children.get(node.id, ()))
                content = canonical.encode_attributes([node.id.as_json(), dict(node.attributes), below])
                self._digests[node.id] = canonical.digest_bytes("subtree", content)
        return self._digests[id]

    @cached_property
    def digests(self) -> Mapping[NodeId, str]:
        """The fingerprints of the outermost objects."""
        return {id: self.digest_of(id) for id in self._children.get(None, ())}

    @cached_property
    def digest(self) -> str:
        """The fingerprint of the whole database: equal if and only if every object and attribute is. What belongs to the whole server
        (its hint `of_server`) is not part of it."""
        return canonical.digest("catalog", sorted(digest for id, digest in self.digests.items() if not self._nodes[id].hints.get("of_server")))

    def as_json(self) -> list[dict[str, Any]]:
        """What goes with an object stands behind it in the order in which it was read: that is how the columns of a table stand."""
        return [node.as_json() for id in sorted(self._children.get(None, ())) for node in self.subtree(id)]

    @classmethod
    def from_json(cls, data: Iterable[Mapping[str, Any]]) -> Catalog:
        return cls(map(Node.from_json, data))

    def packed(self) -> tuple[dict[str, Any], Iterator[Any]]:
        """A dense form of JSON values, with the digests: every name once, then a row for each object with numbers for what it refers to.
        `unpacked` is the opposite."""
        numbers = {id: number for number, id in enumerate(self._nodes)}
        for node in self._nodes.values():
            for id in node.depends_on if node.parent is None else (node.parent, *node.depends_on):
                numbers.setdefault(id, len(numbers))
        rows = ([node.attributes, -1 if node.parent is None else numbers[node.parent], [numbers[id] for id in node.depends_on], node.hints]
                for node in self._nodes.values())
        return {"ids": [id.as_json() for id in numbers], "digests": [[numbers[id], digest] for id, digest in self.digests.items()]}, rows

    @classmethod
    def unpacked(cls, data: Mapping[str, Any], rows: Iterable[Any]) -> Catalog:
        ids = [NodeId(kind, tuple(path)) for kind, *path in data["ids"]]
        nodes = (Node(id, _members(attributes), None if parent < 0 else ids[parent], frozenset([ids[one] for one in needs]), _members(hints))
                 for id, (attributes, parent, needs, hints) in zip(ids, rows))  # noqa: B905 (ids of what is not there come last)
        return cls(nodes, {ids[number]: digest for number, digest in data["digests"]})
