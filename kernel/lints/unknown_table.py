"""A foreign key that points to a table which no file declares."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.core.node import NodeId
from kernel.lints._rule import Rule, Schema


def find(schema: Schema) -> Iterator[tuple[str, str]]:
    if not schema.whole:
        return
    known = schema.ids()
    for one in schema.of("foreign_key"):
        target = one.node.hints.get("target")
        if isinstance(target, tuple) and NodeId("table", tuple(map(str, target))) not in known:
            yield one.at, f"foreign key {one.node.id.label} points to a table `{one.node.text('table')}` that no file declares"


RULE = Rule(
    name="unknown-table",
    condition="A foreign key points to a table that none of the schema files declares.",
    effect="The plan would drop that table if it is there, and then the foreign key could not be made.",
    remedy="correct the name, or declare the table",
    bad="table: orders\ncolumns:\n  id: bigint\n  customer: bigint\nprimary_key: [id]\n"
        "foreign_keys:\n  orders_customer: {columns: [customer], table: customer, references: [id]}\n",
    good="table: orders\ncolumns:\n  id: bigint\n  customer: bigint\nprimary_key: [id]\n"
         "foreign_keys:\n  orders_customer: {columns: [customer], table: customers, references: [id]}\n"
         "---\ntable: customers\ncolumns:\n  id: bigint\nprimary_key: [id]\n",
    find=find,
    severity="error",
)
