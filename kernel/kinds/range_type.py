"""Range type: a span between two values of another type. Its constructors and its multirange go with it."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _types as types
from kernel.kinds._catalogs import PG_TYPE, USER_SCHEMA, address, not_member
from kernel.kinds._comments import set_comment
from kernel.kinds._ownership import OWNER, give, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

_NAMED = """(SELECT pg_catalog.format('%I.%I', xn.nspname, x.{name}) FROM {table} AS x
             JOIN pg_catalog.pg_namespace AS xn ON xn.oid = x.{schema} WHERE x.oid = {oid})"""


def _query(multirange: str) -> str:
    operators = _NAMED.format(name="opcname", table="pg_catalog.pg_opclass", schema="opcnamespace", oid="r.rngsubopc AND NOT x.opcdefault")
    collation = _NAMED.format(name="collname", table="pg_catalog.pg_collation", schema="collnamespace", oid="r.rngcollation")
    return f"""
    SELECT t.oid, n.nspname, t.typname, pg_catalog.format_type(r.rngsubtype, NULL), {operators},
           CASE WHEN r.rngcollation <> b.typcollation THEN {collation} END,
           nullif(r.rngcanonical::oid, 0)::pg_catalog.regproc::text, nullif(r.rngsubdiff::oid, 0)::pg_catalog.regproc::text, {multirange},
           pg_catalog.obj_description(t.oid, 'pg_type'), {owner_of('t.typowner')}
      FROM pg_catalog.pg_range AS r
      JOIN pg_catalog.pg_type AS t ON t.oid = r.rngtypid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      JOIN pg_catalog.pg_type AS b ON b.oid = r.rngsubtype
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_type', 't.oid')}
  ORDER BY t.oid"""


PG = _query("pg_catalog.format_type(r.rngmultitypid, NULL)")
PG_BEFORE_MULTIRANGES = _query("NULL::text")

_WORDS = ("SUBTYPE", "SUBTYPE_OPCLASS", "COLLATION", "CANONICAL", "SUBTYPE_DIFF", "MULTIRANGE_TYPE_NAME")


def read_pg(oid: int, schema: str, name: str, subtype: str, operators: str | None, collation: str | None, canonical: str | None,
            difference: str | None, multirange: str | None, comment: str | None, owner: str) -> Iterable[Node]:
    parts = (subtype, operators, collation, canonical, difference, multirange)
    said = ", ".join(f"{word} = {part}" for word, part in zip(_WORDS, parts, strict=True) if part)
    attributes: dict[str, Value] = {"definition": said, "comment": comment or "", "owner": owner}
    hints: dict[str, Value] = {"address": address(PG_TYPE, oid), "multirange": multirange or ""}
    yield Node(NodeId("range_type", (schema, name)), attributes, None, frozenset({NodeId("schema", (schema,))}), hints)


def create(node: Node, scene: Scene) -> Strategy:
    text = f"CREATE TYPE {scene.name(*node.id.path)} AS RANGE ({node.text('definition')})"
    return Strategy("create", (text, *types.after_create("TYPE", node, scene)))


def samples(schema: str) -> tuple[Sample, ...]:
    def span(definition: str) -> Node:
        return Node(NodeId("range_type", (schema, "span")), {"definition": definition, "comment": ""})
    here = span("SUBTYPE = integer")
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("change.comment", (here,), (here.with_(comment="said"),), here.id),
            *types.stories(schema, "definition", here, span("SUBTYPE = bigint"), *types.usual(schema, here.id)), story((here,), here))


KIND = Kind(
    name="range_type",
    doc="A span between two values of another type.",
    attributes=(
        Attribute("definition", "text", "`SUBTYPE = type` and the rest: what its two ends are", spelled=True),
        types.COMMENT, OWNER,
    ),
    reads=(Read("pg_multirange", PG, read_pg), Read("pg_range", PG_BEFORE_MULTIRANGES, read_pg)),
    add=(create,),
    drop=(types.drop("TYPE"),),
    change={"definition": (types.make_again("TYPE", create),), "comment": (set_comment("TYPE"),), "owner": (give("TYPE"),)},
    samples=samples,
    rank=4,
    shorthand="definition",
)
