"""Not null: the constraint of a column that holds no nulls, where there is more to say of it than that.

Most servers keep a flag, and some a constraint with a name. Only one that is not valid yet, holds for no table below or has a comment is
an object of its own; the column says the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _offenders as offenders
from kernel.kinds._catalogs import PG_CONSTRAINT, USER_SCHEMA, address, not_member
from kernel.kinds._constraints import COMMENT
from kernel.kinds._not_null_below import called, comment, kept_below, not_restated, restated
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

NOT_VALID = """(SELECT k.conrelid, k.conkey[1] FROM pg_catalog.pg_constraint AS k
                          WHERE k.contype = 'n' AND k.conrelid <> 0 AND NOT k.convalidated)"""
"""Part of a catalog query: the columns, by table and number, that are to hold no nulls and perhaps still do."""

PG = f"""
    SELECT c.oid, n.nspname, r.relname, a.attname, c.conname, c.convalidated, NOT c.connoinherit, s.description
      FROM pg_catalog.pg_constraint AS c
      JOIN pg_catalog.pg_class AS r ON r.oid = c.conrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = c.conkey[1]
 LEFT JOIN pg_catalog.pg_description AS s ON s.objoid = c.oid AND s.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
     WHERE c.contype = 'n' AND c.conislocal AND r.relkind IN ('r', 'p') AND (NOT c.convalidated OR c.connoinherit OR s.description IS NOT NULL)
       AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'r.oid')}
  ORDER BY c.oid"""


def read_pg(oid: int, schema: str, table: str, column: str, name: str, valid: bool, inherit: bool, comment: str | None) -> Iterable[Node]:
    attributes: dict[str, Value] = {"valid": valid, "inherit": inherit, "comment": comment or ""}
    yield _node(NodeId("column", (schema, table, column)), attributes, {"constraint": name, "address": address(PG_CONSTRAINT, oid)})


def _node(column: NodeId, attributes: dict[str, Value], hints: dict[str, Value]) -> Node:
    return Node(NodeId("not_null", column.path), attributes, column, frozenset({column}), hints)


def _is_bound(node: Node, scene: Scene, *catalogs: str) -> bool:
    columns = [getattr(scene, one).get(node.parent) for one in catalogs]
    return all(one is not None and not one.get("nullable", True) for one in columns)


def _is_usual(node: Node, scene: Scene) -> bool:
    """All that there is to say of it is a comment, and it stays: a key, a counter or a table above may want it too."""
    return bool(node.get("valid", True) and node.get("inherit", True)) and _is_bound(node, scene, "before", "goal")


def add(node: Node, scene: Scene) -> Strategy:
    """In the place of the usual one, if there is one, where more is to be said of it than a comment."""
    if _is_usual(node, scene):
        return Strategy("add", (comment(node, node.text("comment") or None, scene),))
    table, column = scene.table(node), scene.name(node.name)
    off = (f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL",) if _is_bound(node, scene, "before") else ()
    tail = ("" if node.get("inherit", True) else " NO INHERIT") + ("" if node.get("valid", True) else " NOT VALID")
    text = f"ALTER TABLE {table} ADD CONSTRAINT {called(node, scene)} NOT NULL {column}{tail}"
    checks = (offenders.rows(node, f"{column} IS NULL", scene),) if node.get("valid", True) else ()
    said = (_comment(node, scene),) if node.text("comment") else ()
    if not node.get("inherit", True):
        return Strategy("add", (*off, text, *said), checks=checks)
    return Strategy("add", (*off, text, *not_restated(node, scene), *said), covers=restated(node, scene), checks=checks)


def drop(node: Node, scene: Scene) -> Strategy:
    """The usual one takes its place if the column is still to hold no nulls."""
    if _is_usual(node, scene):
        return Strategy("drop", (comment(node, None, scene),))
    text = f"ALTER TABLE {scene.table(node)} DROP CONSTRAINT {called(node, scene)}"
    again = f"ALTER TABLE {scene.table(node)} ALTER COLUMN {scene.name(node.name)} SET NOT NULL"
    if _is_bound(node, scene, "before", "goal"):
        return Strategy("drop", (text, again))
    if not node.get("inherit", True):
        return Strategy("drop", (text,))
    return Strategy("drop", (text, *kept_below(node, scene)), covers=restated(node, scene))


def _comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON CONSTRAINT {called(node, scene)} ON {scene.table(node)} IS {scene.q.literal(node.text('comment') or None)}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    """Its name is the one that it has."""
    return Strategy("set_comment", (_comment(before.with_(comment=after.text("comment")), scene),))


def samples(schema: str) -> tuple[Sample, ...]:
    plain = noted(schema)

    def story(slot: str, before: tuple[Node, ...], after: tuple[Node, ...]) -> Sample:
        return Sample(slot, (*table(schema), plain, *before), (*table(schema), plain, *after), here.id)
    here = _node(plain.id, {"valid": False, "inherit": True, "comment": ""}, {})
    return (story("add", (), (here,)), story("drop", (here,), ()), story("change.comment", (here,), (here.with_(comment="said"),)))


KIND = Kind(
    name="not_null",
    doc="The constraint of a column that holds no nulls, where there is more to say of it than that.",
    attributes=(Attribute("valid", "flag", "rows that were there before were looked at", otherwise=True),
                Attribute("inherit", "flag", "it holds for tables below as well", otherwise=True), COMMENT),
    reads=(Read("pg_constraint", PG, read_pg, of=(1, 2)),),
    add=(add,),
    drop=(drop,),
    change={"comment": (set_comment,)},
    samples=samples,
    binds=lambda node: True,
    rank=33,
    section="not_null",
    parent="column",
    single=True,
)
