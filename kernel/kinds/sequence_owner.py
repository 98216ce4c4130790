"""The column that a sequence goes with: when the column is dropped, so is the sequence.

A node of its own, because it can only be said when both are there, while the column's default needs the sequence first.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import USER_SCHEMA, not_member
from kernel.kinds._rehearsal import column, table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG = f"""
    SELECT n.nspname, s.relname, tn.nspname, t.relname, a.attname
      FROM pg_catalog.pg_depend AS d
      JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
      JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
      JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
      JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND d.deptype = 'a' AND d.refobjsubid > 0 AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 's.oid')}
  ORDER BY s.oid"""


def read_pg(schema: str, name: str, table_schema: str, table_name: str, column: str) -> Iterable[Node]:
    yield node(NodeId("sequence", (schema, name)), NodeId("column", (table_schema, table_name, column)))


def node(sequence: NodeId, column: NodeId) -> Node:
    """It needs the table as it is to be: both are of one owner."""
    needs = frozenset({sequence, column, NodeId("table", column.path[:2])})
    return Node(NodeId("sequence_owner", sequence.path), {"column": column.label}, sequence, needs, {"column": column.path})


def depends(owner: Node) -> frozenset[NodeId]:
    """The column as it is said in a file, and its table."""
    path = owner.hints.get("column")
    if not isinstance(path, tuple):
        return frozenset()
    column = tuple(map(str, path))
    return frozenset({NodeId("column", column), NodeId("table", column[:2])})


def _owned(name: str, owner: Node, scene: Scene) -> Strategy:
    path = owner.hints.get("column")
    column = scene.name(*map(str, path)) if isinstance(path, tuple) else owner.text("column")
    return Strategy(name, (f"ALTER SEQUENCE {scene.name(*owner.id.path[:2])} OWNED BY {column}",))


def give(owner: Node, scene: Scene) -> Strategy:
    return _owned("give", owner, scene)


def take(owner: Node, scene: Scene) -> Strategy:
    return Strategy("take", (f"ALTER SEQUENCE {scene.name(*owner.id.path[:2])} OWNED BY NONE",))


def give_to_another(before: Node, after: Node, scene: Scene) -> Strategy:
    return _owned("give_to_another", after, scene)


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", column(schema, "more", type="integer"))
    sequence = Node(NodeId("sequence", (schema, "counted")), {})
    owner, other = node(sequence.id, whole[1].id), node(sequence.id, whole[3].id)
    return (Sample("add", (*whole, sequence), (*whole, sequence, owner), owner.id),
            Sample("change.column", (*whole, sequence, owner), (*whole, sequence, other), owner.id),
            Sample("drop", (*whole, sequence, owner), (*whole, sequence), owner.id))


KIND = Kind(
    name="sequence_owner",
    doc="The column that a sequence goes with.",
    attributes=(Attribute("column", "text", "schema.table.column"),),
    reads=(Read("pg_depend", PG, read_pg),),
    add=(give,),
    drop=(take,),
    change={"column": (give_to_another,)},
    samples=samples,
    depends=depends,
    rank=62,
    section="owned_by",
    parent="sequence",
    shorthand="column",
    single=True,
)
