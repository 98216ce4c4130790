"""Inheritance: a table is a partition of another one, or takes over its columns.

An object of its own, because tables come and go below others while their rows stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.node import Catalog, Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import USER_SCHEMA, column_ids, not_member, of_table, table_id, texts
from kernel.kinds._foreign_parts import copied, left, said_of
from kernel.kinds._inheritance import PARTITION, alike, not_restated, restated, table_of
from kernel.kinds._not_null_below import after_attaching, after_detaching, before_attaching, detached
from kernel.kinds._rehearsal import column, key, table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG = f"""
    SELECT n.nspname, c.relname, h.inhseqno, CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END, pn.nspname, p.relname,
           (SELECT pg_catalog.array_agg(a.attname::text) FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount > 0),
           (SELECT pg_catalog.array_agg(k.contype::text || k.conname::text) FROM pg_catalog.pg_constraint AS k
             WHERE k.conrelid = c.oid AND (k.contype = 'c' AND k.coninhcount > 0 OR k.contype IN ('p', 'u', 'x') AND c.relispartition)),
           (SELECT pg_catalog.array_agg(ic.relname::text) FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
             WHERE i.indrelid = c.oid AND c.relispartition)
      FROM pg_catalog.pg_inherits AS h
      JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
      JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
     WHERE c.relkind IN ('r', 'p') AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
  ORDER BY c.oid, h.inhseqno"""

SORTS = {"c": "check", "p": "primary_key", "u": "unique", "x": "exclusion_constraint"}


def read_pg(schema: str, name: str, number: int, bound: str | None, other_schema: str, other: str, columns: object, constraints: object,
            indexes: object) -> Iterable[Node]:
    """It needs all that the table above asks for to be there, and to be as it is there."""
    target = table_id(other_schema, other)
    needs = {target, *column_ids(schema, name, texts(columns)), *column_ids(other_schema, other, texts(columns)),
             *(NodeId("index", (schema, name, one)) for one in texts(indexes)),
             *(NodeId(SORTS[one[0]], (schema, name, one[1:])) for one in texts(constraints))}
    yield node(schema, name, PARTITION if bound else str(number), target, bound or "", needs)


def node(schema: str, table: str, name: str, target: NodeId, bound: str, needs: Iterable[NodeId] = ()) -> Node:
    return of_table("inheritance", schema, table, name, {"of": target.label, "bound": bound}, (), (target, *needs))


def attach(node: Node, scene: Scene) -> Strategy:
    """Indexes of the partition that are like those of the whole table become parts of them.

    A table that is no partition restates all that both have, as far as it is not told otherwise.
    """
    here, there = scene.table(node), scene.name(*table_of(node).path)
    if node.text("bound"):
        keys = copied(node, scene)
        said = said_of((scene.goal[id] for id in sorted(keys)), scene)
        return Strategy("attach", (*before_attaching(node, scene), f"ALTER TABLE {there} ATTACH PARTITION {here} {node.text('bound')}", *said),
                        covers=_attachments(node, scene.after) | keys)
    both = alike(node, scene.goal)
    texts = (*before_attaching(node, scene), f"ALTER TABLE {here} INHERIT {there}", *not_restated(both, scene), *after_attaching(node, scene))
    return Strategy("attach", texts, covers=restated(both, scene))


def attach_checked(node: Node, scene: Scene) -> Strategy | None:
    """A check that says what the bound says is validated beside writers first: then nobody waits until the rows have been looked at."""
    above = scene.before.get(table_of(node))
    if not node.text("bound") or above is None or node.parent not in scene.before or not (condition := bound_as_condition(node, above)):
        return None
    here, name = scene.table(node), scene.name("_sqlx_bound")
    made = attach(node, scene)
    off = f"ALTER TABLE {here} DROP CONSTRAINT {name}"
    return Strategy("attach_checked", (f"ALTER TABLE {here} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID",
                                       f"ALTER TABLE {here} VALIDATE CONSTRAINT {name}", *made.statements, off),
                    covers=made.covers, apart=True, sweep=(off,))


_RANGE = re.compile(r"FOR VALUES FROM \(([^,()]+)\) TO \(([^,()]+)\)")
_KEY = re.compile(r"RANGE \(([^,() ]+)\)")


def bound_as_condition(node: Node, above: Node) -> str:
    """What rows of the partition meet; "" where that cannot be said of one plain column between two values."""
    bound, key = _RANGE.fullmatch(node.text("bound")), _KEY.fullmatch(above.text("partition_by"))
    if not bound or not key:
        return ""
    ends = [f"{key[1]} {sign} {value}" for sign, value in ((">=", bound[1]), ("<", bound[2])) if value not in ("MINVALUE", "MAXVALUE")]
    return " AND ".join([f"{key[1]} IS NOT NULL", *ends])


def detach(node: Node, scene: Scene) -> Strategy:
    here, there = scene.table(node), scene.name(*table_of(node).path)
    text = f"ALTER TABLE {there} DETACH PARTITION {here}" if node.text("bound") else f"ALTER TABLE {here} NO INHERIT {there}"
    keys = left(node, scene)
    drops = tuple(f"ALTER TABLE {here} DROP CONSTRAINT {scene.name(one.name)}" for one in keys)
    covers = _attachments(node, scene.before) | {one.id for one in keys} | restated(alike(node, scene.before), scene) | detached(node, scene)
    return Strategy("detach", (text, *drops, *after_detaching(node, scene)), covers=covers)


def _attachments(node: Node, catalog: Catalog) -> frozenset[NodeId]:
    """Those of indexes that are there before it."""
    return frozenset(one.id for index in node.depends_on for one in catalog.children(index, "index_attachment"))


def needs(node: Node) -> frozenset[NodeId]:
    """From YAML: the other table."""
    return frozenset({table_of(node)})


def samples(schema: str) -> tuple[Sample, ...]:
    def above(**attributes: Value) -> tuple[Node, ...]:
        return (Node(table_id(schema, "parent"), dict(attributes)), column(schema, "id", "parent", type="integer", nullable=False))
    one, below = above(), table(schema)
    spread = (*above(partition_by="RANGE (id)"), key(schema, "parent"))
    part = node(schema, "rehearsed", PARTITION, one[0].id, "FOR VALUES FROM (1) TO (100)")
    link = node(schema, "rehearsed", "1", one[0].id, "")
    return (Sample("add", (*spread, *below), (*spread, *below, part), part.id), Sample("drop", (*spread, *below, part), (*spread, *below), part.id),
            Sample("add", (*one, *below), (*one, *below, link), link.id), Sample("drop", (*one, *below, link), (*one, *below), link.id))


KIND = Kind(
    name="inheritance",
    doc="A table is a partition of another one, or takes over its columns.",
    attributes=(
        Attribute("of", "text", "the table above, as `schema.table`"),
        Attribute("bound", "expression", "the rows of this partition: `FOR VALUES FROM (1) TO (100)` or `DEFAULT`", otherwise="", spelled=True),
    ),
    reads=(Read("pg_inherits", PG, read_pg),),
    add=(attach, attach_checked),
    drop=(detach,),
    samples=samples,
    rank=35,
    loose=True,
    section="inherits",
    parent="table",
    shorthand="of",
    depends=needs,
)
