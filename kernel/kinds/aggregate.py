"""Aggregate: a function over all rows of a group. Its name here carries the types of its arguments."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _routines as routines
from kernel.kinds._catalogs import PG_PROC, USER_SCHEMA, address, not_member
from kernel.kinds._comments import set_comment
from kernel.kinds._ownership import OWNER, give, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene


def _function(column: str) -> str:
    return f"nullif(a.{column}::oid, 0)::pg_catalog.regproc::text"


def _number(column: str) -> str:
    return f"nullif(a.{column}, 0)::text"


def _modify(column: str) -> str:
    usual = "CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END"
    return f"CASE WHEN a.{column}::text <> {usual} THEN CASE a.{column} WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END"


def _flag(column: str) -> str:
    return f"CASE WHEN a.{column} THEN '' END"


def _text(column: str) -> str:
    return f"pg_catalog.quote_literal(a.{column})"


_OPERATOR = """(SELECT pg_catalog.format('OPERATOR(%I.%s)', onn.nspname, o.oprname) FROM pg_catalog.pg_operator AS o
             JOIN pg_catalog.pg_namespace AS onn ON onn.oid = o.oprnamespace WHERE o.oid = a.aggsortop)"""

_PARTS = (
    ("SFUNC", _function("aggtransfn")), ("STYPE", "pg_catalog.format_type(a.aggtranstype, NULL)"), ("SSPACE", _number("aggtransspace")),
    ("FINALFUNC", _function("aggfinalfn")), ("FINALFUNC_EXTRA", _flag("aggfinalextra")), ("FINALFUNC_MODIFY", _modify("aggfinalmodify")),
    ("COMBINEFUNC", _function("aggcombinefn")), ("SERIALFUNC", _function("aggserialfn")), ("DESERIALFUNC", _function("aggdeserialfn")),
    ("INITCOND", _text("agginitval")), ("MSFUNC", _function("aggmtransfn")), ("MINVFUNC", _function("aggminvtransfn")),
    ("MSTYPE", "CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END"), ("MSSPACE", _number("aggmtransspace")),
    ("MFINALFUNC", _function("aggmfinalfn")), ("MFINALFUNC_EXTRA", _flag("aggmfinalextra")), ("MFINALFUNC_MODIFY", _modify("aggmfinalmodify")),
    ("MINITCOND", _text("aggminitval")),
    ("SORTOP", _OPERATOR), ("PARALLEL", "CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END"),
    ("HYPOTHETICAL", "CASE WHEN a.aggkind = 'h' THEN '' END"),
)

PG = f"""
    SELECT p.oid, n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes), pg_catalog.pg_get_function_arguments(p.oid),
           pg_catalog.pg_get_function_identity_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid),
           pg_catalog.obj_description(p.oid, 'pg_proc'), {owner_of('p.proowner')},
           {''', '''.join(one for _, one in _PARTS)}
      FROM pg_catalog.pg_aggregate AS a
      JOIN pg_catalog.pg_proc AS p ON p.oid = a.aggfnoid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_proc', 'p.oid')}
  ORDER BY p.oid"""


def read_pg(oid: int, schema: str, name: str, types: str, arguments: str, identity: str, returns: str, comment: str | None, owner: str,
            *parts: str | None) -> Iterable[Node]:
    said = [f"{word} = {part}" if part else word for (word, _), part in zip(_PARTS, parts, strict=True) if part is not None]
    attributes: dict[str, Value] = {"arguments": arguments or "*", "definition": ", ".join(said), "comment": comment or "", "owner": owner}
    hints: dict[str, Value] = {"address": address(PG_PROC, oid), "identity": identity or "*", "returns": returns}
    yield Node(NodeId("aggregate", (schema, f"{name}({types})")), attributes, None, frozenset({NodeId("schema", (schema,))}), hints)


def _text_of(node: Node, scene: Scene) -> str:
    return f"AGGREGATE {routines.called(node, scene)}({node.text('arguments')}) ({node.text('definition')})"


def create(node: Node, scene: Scene) -> Strategy:
    return Strategy("create", (f"CREATE {_text_of(node, scene)}", *routines.after_create("AGGREGATE", node, scene)))


def replace_in_place(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Where arguments and result stay."""
    same = before.get("arguments") == after.get("arguments") and before.hints.get("returns") == after.hints.get("returns")
    sort = all(before.text("definition").count(word) == after.text("definition").count(word) for word in ("HYPOTHETICAL",))
    return Strategy("replace_in_place", (f"CREATE OR REPLACE {_text_of(after, scene)}",)) if same and sort else None


def samples(schema: str) -> tuple[Sample, ...]:
    def aggregate(name: str = "total", **attributes: Value) -> Node:
        said: dict[str, Value] = {"arguments": "integer", "definition": "SFUNC = int4pl, STYPE = integer", "comment": ""}
        return Node(NodeId("aggregate", (schema, f"{name}(integer)")), {**said, **attributes})
    here, renamed = aggregate(), aggregate("renamed")
    other = aggregate(definition="SFUNC = int4pl, STYPE = integer, INITCOND = '0'")
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), Sample("rename", (here,), (renamed,), renamed.id),
            Sample("change.definition", (here,), (other,), here.id),
            Sample("change.comment", (here,), (here.with_(comment="said"),), here.id), story((here,), here))


KIND = Kind(
    name="aggregate",
    doc="A function over all rows of a group; the types of its arguments belong to the name.",
    attributes=(Attribute("arguments", "text", "its arguments; `*` for none", spelled=True),
                Attribute("definition", "text", "SFUNC, STYPE and the rest", spelled=True), routines.COMMENT, OWNER),
    reads=(Read("pg_aggregate", PG, read_pg),),
    add=(create,),
    drop=(routines.drop("AGGREGATE"),),
    rename=(routines.rename("AGGREGATE"),),
    change={"definition": (replace_in_place,), "comment": (set_comment("AGGREGATE", routines.signed),),
            "owner": (give("AGGREGATE", routines.signed),)},
    samples=samples,
    rank=66,
    shorthand="definition",
)
