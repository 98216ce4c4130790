"""What a file says in the very words in which the live object would be written is as it is: no server need be asked about it.

A repository of a thousand tables changes in a few of them. Only these, and what has to do with them, are put into a place of our own
to see how the server would keep them; the others are taken from the live catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.core.node import Catalog, Node, NodeId
from kernel.kinds._spec import Kind
from kernel.planning.desired import Declared, Desired, catalog, require_columns
from kernel.planning.introspect import linked
from kernel.planning.steps import around, outermost
from kernel.planning.written import Raise, documents, goes_without_saying


@dataclass(frozen=True)
class Parts:
    """What is to be looked at, and the live objects that are desired as they are."""

    open: Desired
    settled: tuple[Node, ...]


def divide(desired: Desired, live: Catalog, kinds: Mapping[str, Kind], raise_: Raise, schema: str) -> Parts:
    """Divide what is declared. Nothing is settled where there is SQL: what its statements do, only a server knows."""
    wanted = Catalog(linked([*catalog(desired).nodes], []))
    require_columns(desired)
    if desired.scripts:
        return Parts(desired, ())
    roots = {one.node.id for one in desired.objects if one.node.parent is None}
    written = documents(live, kinds, raise_, schema)
    unsaid = {node.id for node, document in written if node.id not in roots and goes_without_saying(node, document, schema)}
    same = _unchanged(desired, live, kinds, written)
    touched = (roots - same) | {node.id for node in live.nodes if node.parent is None and node.id not in roots | unsaid}
    near: set[NodeId] = set()
    while not touched <= near:
        near |= touched
        touched = {outermost(one, id) for one in (wanted, live) for id in around(one, near)}
    settled = (same - near) | unsaid
    return Parts(Desired(tuple(one for one in desired.objects if outermost(wanted, one.node.id) not in settled)),
                 tuple(node for id in sorted(settled) for node in live.subtree(id)))


def _unchanged(desired: Desired, live: Catalog, kinds: Mapping[str, Kind], written: Iterable[tuple[Node, dict[str, Any]]]) -> set[NodeId]:
    said: dict[NodeId, Declared] = {one.node.id: one for one in desired.objects if one.document is not None}
    return {node.id for node, document in written if node.id in said and _alike(said[node.id].document, document)
            and all(_is_written(one, kinds) for one in live.subtree(node.id))}


def _alike(said: Any, written: Any) -> bool:
    """The same values; the order counts, for that of columns does."""
    if isinstance(written, Mapping):
        return isinstance(said, Mapping) and [*said] == [*written] and all(_alike(said[key], written[key]) for key in written)
    if isinstance(written, list | tuple):
        return isinstance(said, list) and len(said) == len(written) and all(map(_alike, said, written))
    return type(said) is type(written) and bool(said == written)


def _is_written(node: Node, kinds: Mapping[str, Kind]) -> bool:
    """The document says all that the object is."""
    return all(one.yaml or one.name in ("named", "order") or node.get(one.name) in (None, one.otherwise) for one in kinds[node.id.kind].attributes)
