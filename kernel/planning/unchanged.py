"""What a file says in the very words in which the live object would be written is as it is: no server need be asked about it.

Where whole files are as `snapshot:pull` would write them, it is enough to look at their bytes.

A repository of a thousand tables changes in a few of them. Only these, and what has to do with them, are put into a place of our own
to see how the server would keep them; the others are taken from the live catalog, and their documents are not even looked into.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.air.written import yaml_text
from kernel.core.node import Catalog, Node, NodeId
from kernel.kinds._spec import Kind
from kernel.planning.desired import Desired, catalog, require_columns
from kernel.planning.introspect import linked
from kernel.planning.steps import around, outermost
from kernel.planning.written import Raise, documents, goes_without_saying


@dataclass(frozen=True)
class Written:
    """The live objects as documents, where these say all that they are, and the text of each as it would be written into a file of its
    own; `unsaid` are those that nobody need write down."""

    documents: Mapping[NodeId, Any]
    texts: Mapping[bytes, NodeId]
    unsaid: frozenset[NodeId]


def written(live: Catalog, kinds: Mapping[str, Kind], raise_: Raise, schema: str) -> Written:
    listed = documents(live, kinds, raise_, schema)
    quiet = {kind.name: [one for one in kind.attributes if not one.yaml and one.name not in ("named", "order")] for kind in kinds.values()}
    whole = {node.id: document for node, document in listed if all(_says_all(one, quiet) for one in live.subtree(node.id))}
    texts = {yaml_text(document).encode("utf-8", "surrogatepass"): id for id, document in whole.items()}
    return Written(whole, texts, frozenset(node.id for node, document in listed if goes_without_saying(node, document, schema)))


def _says_all(node: Node, quiet: Mapping[str, Any]) -> bool:
    return all(node.get(one.name) in (None, one.otherwise) for one in quiet[node.id.kind])


@dataclass(frozen=True)
class Parts:
    """What is to be looked at, and the live objects that are desired as they are."""

    open: Desired
    settled: tuple[Node, ...]


def divide(desired: Desired, live: Catalog, known: Written) -> Parts:
    """Divide what is declared. Nothing is settled where there is SQL: what its statements do, only a server knows."""
    if desired.scripts:
        return Parts(desired.opened(), ())
    declared = catalog(desired)
    require_columns(desired)
    same = {one.id for one in desired.same}
    roots = {node.id for node in declared.nodes if node.parent is None}
    unsaid = known.unsaid - roots - same
    touched = roots | {node.id for node in live.nodes if node.parent is None and node.id not in same | unsaid}
    wanted = Catalog(linked([*declared.nodes, *(node for id in same for node in live.subtree(id))], [])) if touched else declared
    near: set[NodeId] = set()
    while not touched <= near:
        near |= touched
        touched = {outermost(one, id) for one in (wanted, live) for id in around(one, near)}
    settled = (same - near) | unsaid
    return Parts(desired.opened(near), tuple(node for id in sorted(settled) for node in live.subtree(id)))
