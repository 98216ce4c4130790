"""Cast: how a value of one type becomes one of another. It has no schema; its name is `source AS target`."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import address
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_CAST = "2605"

PG = """
    SELECT c.oid, pg_catalog.format_type(c.castsource, NULL), pg_catalog.format_type(c.casttarget, NULL), c.castcontext::text, c.castmethod::text,
           CASE WHEN c.castfunc <> 0 THEN (SELECT pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes))
             FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = c.castfunc) END,
           pg_catalog.obj_description(c.oid, 'pg_cast')
      FROM pg_catalog.pg_cast AS c
     WHERE c.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e
           WHERE e.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass AND e.objid = c.oid AND e.deptype IN ('e', 'i'))
  ORDER BY c.oid"""

_APPLIES = {"e": "explicit", "a": "assignment", "i": "implicit"}


def read_pg(oid: int, source: str, target: str, context: str, method: str, function: str | None, comment: str | None) -> Iterable[Node]:
    way = f"FUNCTION {function}" if function else "INOUT" if method == "i" else ""
    attributes: dict[str, Value] = {"way": way, "applies": _APPLIES[context], "comment": comment or ""}
    yield Node(NodeId("cast", (f"{source} AS {target}",)), attributes, hints={"address": address(PG_CAST, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    way = f"WITH {node.text('way')}" if node.text("way") else "WITHOUT FUNCTION"
    applies = f" AS {node.text('applies').upper()}" if node.text("applies") in ("assignment", "implicit") else ""
    comment = (_comment(node, scene),) if node.text("comment") else ()
    return Strategy("create", (f"CREATE CAST ({node.name}) {way}{applies}", *comment))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP CAST ({node.name})",))


def _comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON CAST ({node.name}) IS {scene.q.literal(node.text('comment') or None)}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (_comment(after, scene),))


def samples(schema: str) -> tuple[Sample, ...]:
    mood = Node(NodeId("enum", (schema, "mood")), {"values": ("a",)})
    here = Node(NodeId("cast", (f"text AS {schema}.mood",)), {"way": "INOUT", "applies": "assignment", "comment": ""})
    return (Sample("add", (mood,), (mood, here), here.id), Sample("drop", (mood, here), (mood,), here.id),
            Sample("change.comment", (mood, here), (mood, here.with_(comment="said")), here.id))


KIND = Kind(
    name="cast",
    doc="How a value of one type becomes one of another.",
    attributes=(
        Attribute("way", "text", "`FUNCTION name(types)` or `INOUT`; nothing where the two are stored alike", otherwise="", spelled=True),
        Attribute("applies", "text", "`explicit`, `assignment` or `implicit`: where it happens without being asked for", otherwise="explicit"),
        Attribute("comment", "text", "what people should know about it", otherwise=""),
    ),
    reads=(Read("pg_cast", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    change={"comment": (set_comment,)},
    samples=samples,
    rank=67,
    outside=True,
    shorthand="way",
)
