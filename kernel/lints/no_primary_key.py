"""A table whose rows nothing tells apart."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.core.node import NodeId
from kernel.lints._rule import Rule, Schema


def find(schema: Schema) -> Iterator[tuple[str, str]]:
    keyed = {one.node.parent for kind in ("primary_key", "unique") for one in schema.of(kind)}
    keyed |= {one.node.parent for one in schema.of("index") if one.node.flag("unique")}
    filled: set[NodeId | None] = {one.node.parent for one in schema.of("column")}
    below = {one.node.parent for one in schema.of("inheritance")}
    for one in schema.of("table"):
        if one.node.id in filled - keyed - below:
            yield one.at, f"table {one.node.id.label} has neither a primary key nor a unique one"


RULE = Rule(
    name="no-primary-key",
    condition="A table has neither a primary key nor a unique key.",
    effect="Its rows cannot be told apart: values that a drop takes away cannot be brought back, and no copy can be made in parts.",
    remedy="declare a `primary_key`",
    bad="table: visits\ncolumns:\n  page: text\n  at: timestamp\n",
    good="table: visits\ncolumns:\n  id: {type: bigint, identity: always}\n  page: text\n  at: timestamp\nprimary_key: [id]\n",
    find=find,
)
