"""Index attachment: the index of a partition is part of an index of the whole table.

Made by hand where the index came after the partition; attaching the partition makes it as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Record
from kernel.core.strategy import Strategy
from kernel.kinds import _parts as parts
from kernel.kinds import inheritance
from kernel.kinds._catalogs import USER_SCHEMA, not_member, of_table, table_id
from kernel.kinds._inheritance import PARTITION
from kernel.kinds._rehearsal import column
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

_KIND = """coalesce((SELECT k.contype::text FROM pg_catalog.pg_constraint AS k
                      WHERE k.conindid = {0}.oid AND k.conrelid = {1}.oid AND k.contype <> 'f'), 'i')"""

PG = f"""
    SELECT n.nspname, t.relname, {_KIND.format('c', 't')}, c.relname, pn.nspname, pt.relname, {_KIND.format('p', 'pt')}, p.relname
      FROM pg_catalog.pg_inherits AS h
      JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid AND c.relkind IN ('i', 'I')
      JOIN pg_catalog.pg_index AS ci ON ci.indexrelid = c.oid
      JOIN pg_catalog.pg_class AS t ON t.oid = ci.indrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
      JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
      JOIN pg_catalog.pg_index AS pi ON pi.indexrelid = p.oid
      JOIN pg_catalog.pg_class AS pt ON pt.oid = pi.indrelid
      JOIN pg_catalog.pg_namespace AS pn ON pn.oid = pt.relnamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 't.oid')}
  ORDER BY c.oid"""

SORTS = {**inheritance.SORTS, "i": "index"}


def read_pg(schema: str, table: str, sort: str, name: str, other_schema: str, other_table: str, other_sort: str, other: str) -> Iterable[Node]:
    yield node(NodeId(SORTS[sort], (schema, table, name)), NodeId(SORTS[other_sort], (other_schema, other_table, other)))


def node(part: NodeId, whole: NodeId) -> Node:
    needs = {part, whole, NodeId("inheritance", (*part.path[:2], PARTITION))}
    return Node(NodeId("index_attachment", (*part.path, part.kind)), {"of": str(whole)}, part, frozenset(needs))


def _needs(node: Node) -> frozenset[NodeId]:
    return frozenset({NodeId.parse(node.text("of")), NodeId("inheritance", (*node.id.path[:2], PARTITION))})


def attach(node: Node, scene: Scene) -> Strategy:
    return Strategy("attach", () if node.id in scene.before else (parts.attach(node, scene),))


def detach_table(node: Node, scene: Scene) -> Strategy | None:
    """There is no statement for it alone: it goes with the index of the whole table, or with the partition that is detached."""
    link = scene.before.get(NodeId("inheritance", (*node.id.path[:2], PARTITION)))
    later = scene.goal.get(link.id) if link else None
    if link is None or (later is not None and later.attributes == link.attributes):
        return None
    return Strategy("detach_table", inheritance.detach(link, scene).statements)


def samples(schema: str) -> tuple[Sample, ...]:
    whole = (Node(table_id(schema, "parent"), {"partition_by": "RANGE (id)"}), column(schema, "id", "parent", type="integer", nullable=False))
    part = (Node(table_id(schema, "rehearsed"), {}), column(schema, "id", type="integer", nullable=False),
            inheritance.node(schema, "rehearsed", PARTITION, whole[0].id, "FOR VALUES FROM (1) TO (100)"))

    def index(table: str, name: str, *, only: bool) -> Node:
        return of_table("index", schema, table, name, {"unique": False, "columns": (Record(column="id"),)}, ("id",), only=only)
    above, below = index("parent", "by_id", only=True), index("rehearsed", "part_by_id", only=False)
    here, all = node(below.id, above.id), (*whole, *part, above, below)
    return (Sample("add", all, (*all, here), here.id), Sample("drop", (*all, here), (*whole, *part[:2], above, below), here.id))


KIND = Kind(
    name="index_attachment",
    doc="The index of a partition is part of an index of the whole table.",
    attributes=(Attribute("of", "text", "the index of the whole table, as `kind:schema.table.index`"),),
    reads=(Read("pg_inherits", PG, read_pg),),
    add=(attach,),
    drop=(detach_table,),
    samples=samples,
    rank=43,
    section="part_of",
    parent="index",
    also=("primary_key", "unique", "exclusion_constraint"),
    shorthand="of",
    single=True,
    depends=_needs,
)
