"""A key, index or constraint that names a column which its table does not have."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.core.node import Node, NodeId, Record
from kernel.lints._rule import Rule, Schema


def find(schema: Schema) -> Iterator[tuple[str, str]]:
    known = schema.ids()
    for one in schema.objects:
        table = one.node.parent
        listed = one.node.get("columns")
        if table is None or not isinstance(listed, tuple) or not any(NodeId("column", (*table.path, name.path[-1])) in known for name in known):
            continue
        for part in listed:
            name = part.text("column") if isinstance(part, Record) else str(part)
            if name and NodeId("column", (*table.path, name)) not in known:
                yield one.at, f"{_called(one.node, table)} names a column `{name}` that {table.label} does not have"


def _called(node: Node, table: NodeId) -> str:
    kind = node.id.kind.replace("_", " ")
    return f"{kind} {node.id.label}" if node.get("named", True) else f"the {kind} of {table.label}"


RULE = Rule(
    name="unknown-column",
    condition="A primary key, unique key, foreign key or index lists a column that its table does not declare.",
    effect="No server would make it.",
    remedy="correct the name, or declare the column",
    bad="table: users\ncolumns:\n  id: bigint\n  email: string(320)\nprimary_key: [id]\nindexes:\n  users_mail: [mail]\n",
    good="table: users\ncolumns:\n  id: bigint\n  email: string(320)\nprimary_key: [id]\nindexes:\n  users_mail: [email]\n",
    find=find,
    severity="error",
)
