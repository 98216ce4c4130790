"""Composite type: several named values as one. The row types of tables and views belong to these and are not read here."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _types as types
from kernel.kinds._catalogs import PG_TYPE, USER_SCHEMA, address, not_member, texts
from kernel.kinds._comments import set_comment
from kernel.kinds._ownership import OWNER, give, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG = f"""
    SELECT t.oid, n.nspname, t.typname, pg_catalog.obj_description(t.oid, 'pg_type'), {owner_of('t.typowner')},
           (SELECT pg_catalog.array_agg(a.attname::text || chr(1) || pg_catalog.format_type(a.atttypid, a.atttypmod) || chr(1) ||
                   coalesce(CASE WHEN a.attcollation <> b.typcollation THEN
                        (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname) FROM pg_catalog.pg_collation AS l
                           JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace WHERE l.oid = a.attcollation) END, '') || chr(1) ||
                   coalesce(pg_catalog.col_description(c.oid, a.attnum), '') ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS b ON b.oid = a.atttypid
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
      FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
     WHERE c.relkind = 'c' AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_type', 't.oid')}
  ORDER BY t.oid"""


def read_pg(oid: int, schema: str, name: str, comment: str | None, owner: str, fields: object) -> Iterable[Node]:
    attributes: dict[str, Value] = {"fields": tuple(_field(*one.split("\x01")) for one in texts(fields)), "comment": comment or "", "owner": owner}
    id = NodeId("composite_type", (schema, name))
    yield Node(id, attributes, None, frozenset({NodeId("schema", (schema,))}), {"address": address(PG_TYPE, oid)})


def _field(name: str, type: str, collation: str, comment: str) -> Record:
    said = {"name": name, "type": type, "collation": collation, "comment": comment}
    return Record({key: value for key, value in said.items() if value})


def _clause(field: Record, scene: Scene) -> str:
    return f"{scene.name(field.text('name'))} {_type(field)}"


def _type(field: Record) -> str:
    return field.text("type") + (f" COLLATE {field.text('collation')}" if field.text("collation") else "")


def _comment(node: Node, field: Record, scene: Scene) -> str:
    return f"COMMENT ON COLUMN {scene.name(*node.id.path, field.text('name'))} IS {scene.q.literal(field.text('comment') or None)}"


def create(node: Node, scene: Scene) -> Strategy:
    fields = ", ".join(_clause(one, scene) for one in node.records("fields"))
    said = [_comment(node, one, scene) for one in node.records("fields") if one.text("comment")]
    return Strategy("create", (f"CREATE TYPE {scene.name(*node.id.path)} AS ({fields})", *types.after_create("TYPE", node, scene), *said))


def alter(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Fields added at the end, dropped, or, while no table holds such values, of another type; the others keep their order."""
    had = {one.text("name"): one for one in before.records("fields")}
    wanted = {one.text("name"): one for one in after.records("fields")}
    kept = [name for name in had if name in wanted]
    held = types.columns_of(before.id, scene.before)
    retyped = [name for name in kept if _typed(had[name]) != _typed(wanted[name])]
    if list(wanted)[:len(kept)] != kept or (retyped and held):
        return None
    gone = [name for name in had if name not in wanted]
    actions = [f"DROP ATTRIBUTE {scene.name(name)}" for name in gone]
    actions += [f"ALTER ATTRIBUTE {scene.name(name)} TYPE {_type(wanted[name])}" for name in retyped]
    actions += [f"ADD ATTRIBUTE {_clause(one, scene)}" for name, one in wanted.items() if name not in had]
    said = [_comment(after, one, scene) for name, one in wanted.items() if one.text("comment") != (had[name].text("comment") if name in had else "")]
    changed = (f"ALTER TYPE {scene.name(*after.id.path)} {', '.join(actions)}",) if actions else ()
    return Strategy("alter", (*changed, *said), loses=f"the values of {', '.join(gone)} in {before.id.label}" if gone and held else "")


def _typed(field: Record) -> tuple[str, str]:
    return field.text("type"), field.text("collation")


def _cast(column: Node, before: Node, after: Node, scene: Scene) -> str:
    """The value field by field; an array by way of text."""
    name, type = scene.name(column.name), column.text("type")
    if type.endswith("[]"):
        return types.by_text(column, before, after, scene)
    had = {one.text("name") for one in before.records("fields")}
    fields = [f"({name}).{scene.name(one.text('name'))}::{one.text('type')}" if one.text("name") in had else f"NULL::{one.text('type')}"
              for one in after.records("fields")]
    return f"CASE WHEN {name} IS DISTINCT FROM NULL THEN ROW({', '.join(fields)})::{type} END"


def samples(schema: str) -> tuple[Sample, ...]:
    def composite(*fields: tuple[str, str], name: str = "pair") -> Node:
        said = tuple(Record(name=field, type=type) for field, type in fields)
        return Node(NodeId("composite_type", (schema, name)), {"fields": said, "comment": ""})
    one, other = ("one", "integer"), ("other", "integer")
    here = composite(one, other)

    def change(*fields: tuple[str, str]) -> Sample:
        return Sample("change.fields", (here,), (composite(*fields),), here.id)
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("rename", (here,), (composite(one, other, name="renamed"),), composite(name="renamed").id),
            change(one), change(one, other, ("more", "text")), change(one, ("other", "bigint")),
            *types.stories(schema, "fields", here, composite(other, ("one", "bigint")), *types.usual(schema, here.id)),
            Sample("change.comment", (here,), (here.with_(comment="said"),), here.id), story((here,), here))


KIND = Kind(
    name="composite_type",
    doc="Several named values as one.",
    attributes=(Attribute("fields", "fields", "by name, each a type, or `{type, collation, comment}`", spelled=True),
                types.COMMENT, OWNER),
    reads=(Read("pg_type", PG, read_pg),),
    add=(create,),
    drop=(types.drop("TYPE"),),
    rename=(types.rename("TYPE"),),
    change={"fields": (alter, types.take_place("TYPE", create, cast=_cast)), "comment": (set_comment("TYPE"),), "owner": (give("TYPE"),)},
    samples=samples,
    rank=4,
    shorthand="fields",
)
