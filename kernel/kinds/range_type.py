"""Range type: a span between two values of another type. Its constructors and its multirange go with it."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _types as types
from kernel.kinds._catalogs import PG_TYPE, USER_SCHEMA, address, not_member
from kernel.kinds._ownership import OWNER, give, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Move, Read, Sample, Scene

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

_WORDS = (("subtype", "SUBTYPE"), ("operators", "SUBTYPE_OPCLASS"), ("collation", "COLLATION"), ("canonical", "CANONICAL"),
          ("difference", "SUBTYPE_DIFF"), ("multirange", "MULTIRANGE_TYPE_NAME"))


def read_pg(oid: int, schema: str, name: str, subtype: str, operators: str | None, collation: str | None, canonical: str | None,
            difference: str | None, multirange: str | None, comment: str | None, owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"subtype": subtype, "operators": operators, "collation": collation, "canonical": canonical,
                                    "difference": difference, "comment": comment or "", "owner": owner}
    if multirange:
        attributes["multirange"] = multirange
    id = NodeId("range_type", (schema, name))
    yield Node(id, attributes, None, frozenset({NodeId("schema", (schema,))}), {"address": address(PG_TYPE, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    words = ", ".join(f"{word} = {node.text(name)}" for name, word in _WORDS if node.text(name))
    return Strategy("create", (f"CREATE TYPE {scene.name(*node.id.path)} AS RANGE ({words})", *types.after_create("TYPE", node, scene)))


def samples(schema: str) -> tuple[Sample, ...]:
    def span(name: str = "span", **attributes: Value) -> Node:
        return Node(NodeId("range_type", (schema, name)), {"subtype": "integer", "comment": "", **attributes})
    here = span()
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("change.comment", (here,), (here.with_(comment="said"),), here.id),
            *types.stories(schema, "subtype", here, span(subtype="bigint"), *types.usual(schema, here.id)),
            *types.stories(schema, "difference", here, span(difference="int4range_subdiff"), *types.usual(schema, here.id)),
            *types.stories(schema, "collation", span(subtype="text"), span(subtype="text", collation='"C"'), *types.usual(schema, here.id)),
            *types.stories(schema, "operators", span(subtype="text"), span(subtype="text", operators="text_pattern_ops"),
                           *types.usual(schema, here.id)),
            *types.stories(schema, "multirange", span(multirange=f"{schema}.spans"), span(multirange=f"{schema}.others"),
                           *types.usual(schema, here.id)),
            story((here,), here))


_CHANGE: dict[str, tuple[Move, ...]] = {name: (types.make_again("TYPE", create),) for name, _ in _WORDS}

KIND = Kind(
    name="range_type",
    doc="A span between two values of another type.",
    attributes=(
        Attribute("subtype", "type", "the type of its two ends", spelled=True),
        Attribute("operators", "text", "the operator class by which the ends compare", spelled=True),
        Attribute("collation", "text", "the collation by which the ends compare", spelled=True),
        Attribute("canonical", "text", "the function that gives a span its one true form", spelled=True),
        Attribute("difference", "text", "the function that tells how far two ends are apart", spelled=True),
        Attribute("multirange", "text", "the name of the type that holds several spans", spelled=True),
        types.COMMENT, OWNER,
    ),
    reads=(Read("pg_multirange", PG, read_pg), Read("pg_range", PG_BEFORE_MULTIRANGES, read_pg)),
    add=(create,),
    drop=(types.drop("TYPE"),),
    change={**_CHANGE, "comment": (types.set_comment("TYPE"),), "owner": (give("TYPE"),)},
    samples=samples,
    rank=4,
    shorthand="subtype",
)
