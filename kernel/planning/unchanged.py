"""What a file says in the very words in which the live object would be written is as it is: no server need be asked about it.

Where whole files are as `snapshot:pull` would write them, it is enough to look at their bytes.

A repository of a thousand tables changes in a few of them. Only these, and what has to do with them, are put into a place of our own
to see how the server would keep them; the others are taken from the live catalog, and their documents are not even looked into.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from kernel.air.written import yaml_text
from kernel.core.node import Catalog, Node, NodeId
from kernel.planning.desired import Declared, Desired, Same, catalog, require_columns
from kernel.planning.introspect import linked
from kernel.planning.near import around
from kernel.planning.written import Writer, goes_without_saying


@dataclass(frozen=True)
class Written:
    """How the live objects would be written down, where that says all that they are.

    `texts`: the digest of a file that says one of them -> that object. `unsaid` are those that nobody need write down. `document` tells
    how one object would be written, None where that does not say all.
    """

    texts: Mapping[str, NodeId]
    unsaid: frozenset[NodeId]
    document: Callable[[NodeId], Any] = lambda id: None

    def same(self, data: bytes) -> NodeId | None:
        """The object that this file says, byte for byte as it would be written."""
        return self.texts.get(_digest(data))

    def as_json(self) -> dict[str, Any]:
        return {"texts": {digest: id.as_json() for digest, id in self.texts.items()}, "unsaid": [id.as_json() for id in sorted(self.unsaid)]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], live: Catalog, writer: Writer) -> Written:
        return cls({digest: NodeId.from_json(id) for digest, id in data["texts"].items()}, frozenset(map(NodeId.from_json, data["unsaid"])),
                   _documents(live, writer))


def written(live: Catalog, writer: Writer) -> Written:
    """All of the live objects, looked at once."""
    texts: dict[str, NodeId] = {}
    unsaid: set[NodeId] = set()
    for node, document in writer.documents():
        if _says_all(node, live, writer):
            texts[_digest(yaml_text(document).encode("utf-8", "surrogatepass"))] = node.id
        if goes_without_saying(node, document, writer.schema):
            unsaid.add(node.id)
    return Written(texts, frozenset(unsaid), _documents(live, writer))


def _documents(live: Catalog, writer: Writer) -> Callable[[NodeId], Any]:
    def document(id: NodeId) -> Any:
        node = live.get(id)
        return writer.document(node) if node is not None and node.parent is None and _says_all(node, live, writer) else None
    return document


def _says_all(node: Node, live: Catalog, writer: Writer) -> bool:
    """Nothing of it, nor of what goes with it, is but what people do not write."""
    return all(one.get(name) in (None, otherwise) for one in live.subtree(node.id) for name, otherwise in writer.unwritten[one.id.kind])


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@dataclass(frozen=True)
class Parts:
    """What is to be looked at, and the live objects that are desired as they are."""

    open: Desired
    settled: tuple[Node, ...]


def divide(desired: Desired, live: Catalog, known: Written) -> Parts:
    """Divide what is declared. Nothing is settled where there is SQL: what its statements do, only a server knows.

    What is around the changes, and declared as it is, is taken from the live objects.
    """
    if desired.scripts:
        return Parts(desired.opened(), ())
    declared = catalog(desired)
    require_columns(desired)
    same = {one.id: one.at for one in desired.same}
    roots = {node.id for node in declared.nodes if node.parent is None}
    unsaid = known.unsaid - roots - same.keys()
    touched = roots | {node.id for node in live.nodes if node.parent is None and node.id not in same and node.id not in unsaid}
    kept = [node for id in same for node in live.subtree(id)]
    wanted = Catalog(linked([*declared.nodes, *kept], [])) if touched else declared
    near, found = set[NodeId](), touched
    while not found <= near:
        near |= found
        found = around(wanted, touched, near).found | around(live, touched, near).found
    open = [Declared(_plain(node), same[id]) for id in same if id in near for node in live.subtree(id) if node.id in near]
    settled = [node for node in kept if node.id not in near]
    return Parts(Desired((*desired.objects, *open)), (*(node for id in sorted(unsaid) for node in live.subtree(id)), *settled))


def as_they_are(live: Catalog, outer: Iterable[Node]) -> tuple[Same, ...]:
    """Live objects that are none of the files' business, as if these said how they are."""
    def open(node: Node, at: str) -> Desired:
        return Desired(tuple(Declared(_plain(one), at) for one in live.subtree(node.id)))
    listed = ((node, f"{node.id}, which the target leaves out") for node in outer)
    return tuple(Same(node.id, at, partial(open, node, at)) for node, at in listed)


def _plain(node: Node) -> Node:
    """As its document says it, and not in the words in which somebody once made it."""
    return replace(node, hints={name: value for name, value in node.hints.items() if name not in ("text", "written")})
