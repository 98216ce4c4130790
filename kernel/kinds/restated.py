"""Restated: a column or a check that a table states itself, although a table above it has the same.

It stays when the table above loses it or lets the table go, and dumps tell it from what is taken over alone. Servers make it along the way:
a table that is put below another one restates all that both have. No statement of theirs says it or takes it back, so it is put into the
catalog, which few users may do.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import inheritance as link
from kernel.kinds._catalogs import USER_SCHEMA, not_member, table_id
from kernel.kinds._rehearsal import column
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

_OWN = "pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.conislocal AND k.coninhcount > 0 AND k.contype ="

_PARTS = {
    "column": ("pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attislocal AND a.attinhcount > 0 AND NOT a.attisdropped", "a.attname"),
    "check": (f"{_OWN} 'c'", "k.conname"),
    "not_null": (f"{_OWN} 'n' JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]", "a.attname"),
}

PG = " UNION ALL ".join(f"""
    SELECT '{sort}', n.nspname, c.relname, {name}
      FROM pg_catalog.pg_class AS c
      JOIN {part}
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}"""
                        for sort, (part, name) in _PARTS.items()) + " ORDER BY 2, 3, 4, 1"


def read_pg(sort: str, schema: str, table: str, name: str) -> Iterable[Node]:
    yield node(sort, (schema, table, name))


def node(sort: str, path: tuple[str, ...]) -> Node:
    part = NodeId("column" if sort == "not_null" else sort, path)
    return Node(inheritance.restated_id(sort, path), {"of": sort}, part, frozenset({part}))


def state(node: Node, scene: Scene) -> Strategy:
    return Strategy("state", () if node.id in scene.before else _put(node, True, scene))


def take_back(node: Node, scene: Scene) -> Strategy:
    return Strategy("take_back", _put(node, False, scene))


def _put(node: Node, stated: bool, scene: Scene) -> tuple[str, ...]:
    return inheritance.put(table_id(*node.id.path[:2]), {node.text("of"): (node.id.path[2],)}, stated, scene)


def samples(schema: str) -> tuple[Sample, ...]:
    above = (Node(table_id(schema, "parent"), {}), column(schema, "id", "parent", type="integer"))
    below = (Node(table_id(schema, "rehearsed"), {}), column(schema, "id", type="integer"), link.node(schema, "rehearsed", "1", above[0].id, ""))
    here = node("column", (schema, "rehearsed", "id"))
    return (Sample("add", (*above, *below), (*above, *below, here), here.id), Sample("drop", (*above, *below, here), (*above, *below), here.id))


KIND = Kind(
    name="restated",
    doc="A table states itself what a table above it has too: it stays when that loses it.",
    attributes=(Attribute("of", "text", "what is stated: `column`, `check`, or `not_null` of a column"),),
    reads=(Read("pg_inherits", PG, read_pg),),
    add=(state,),
    drop=(take_back,),
    samples=samples,
    rank=36,
    section="restated",
    parent="column",
    also=("check",),
    shorthand="of",
    claimed=True,
)
