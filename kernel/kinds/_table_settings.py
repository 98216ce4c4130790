"""How a table is stored and guarded: settings that stand in statements of their own."""

from __future__ import annotations

from dataclasses import replace

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Strategy
from kernel.kinds._rehearsal import table
from kernel.kinds._spec import Attribute, Move, Sample, Scene

ATTRIBUTES = (
    Attribute("row_security", "flag", "its row security policies hold", otherwise=False),
    Attribute("force_row_security", "flag", "they hold for its owner too", otherwise=False),
    Attribute("replica_identity", "text", "how servers that follow changes know rows: `full`, `nothing`; else by a key or by an index", otherwise=""),
    Attribute("access_method", "text", "how its rows are stored, where it is not the usual way", otherwise=""),
    Attribute("tablespace", "text", "where its rows are stored, where it is not the database's own place", otherwise=""),
    Attribute("of_type", "text", "the composite type that says its columns", otherwise="", spelled=True),
)

NAMES_ROWS = {"d": "", "f": "full", "n": "nothing", "i": ""}

SELECTED = """c.relrowsecurity, c.relforcerowsecurity, c.relreplident, m.amname, ts.spcname,
           CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END"""

JOINED = """LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
 LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = c.reltablespace"""
"""Parts of a catalog query over pg_class as `c`."""


def read(secured: bool, forced: bool, names_rows: str, method: str | None, tablespace: str | None, of_type: str | None) -> dict[str, Value]:
    return {"row_security": secured, "force_row_security": forced, "replica_identity": NAMES_ROWS[names_rows],
            "access_method": "" if method in (None, "heap") else method, "tablespace": tablespace or "", "of_type": of_type or ""}


def using(node: Node, scene: Scene) -> str:
    """The clause of CREATE TABLE that stands before WITH."""
    return f" USING {scene.name(node.text('access_method'))}" if node.text("access_method") else ""


def apart(node: Node, scene: Scene) -> tuple[str, ...]:
    """After CREATE TABLE: what is not as usual."""
    names = ("tablespace", "of_type", "row_security", "force_row_security", "replica_identity")
    return tuple(text for name in names if node.get(name) for text in _set(name, node, scene))


def _set(name: str, node: Node, scene: Scene) -> tuple[str, ...]:
    value = node.text(name)
    words = {"row_security": f"{'ENABLE' if node.flag(name) else 'DISABLE'} ROW LEVEL SECURITY",
             "force_row_security": f"{'' if node.flag(name) else 'NO '}FORCE ROW LEVEL SECURITY",
             "replica_identity": f"REPLICA IDENTITY {value.upper() or 'DEFAULT'}",
             "access_method": f"SET ACCESS METHOD {scene.name(value or 'heap')}",
             "tablespace": f"SET TABLESPACE {scene.name(value or 'pg_default')}",
             "of_type": f"OF {value}" if value else "NOT OF"}
    return (f"ALTER TABLE ONLY {scene.name(*node.id.path)} {words[name]}",)


def _setter(name: str) -> Move:
    def put(before: Node, after: Node, scene: Scene) -> Strategy:
        return Strategy("put", _set(name, after, scene))
    return put


CHANGE: dict[str, tuple[Move, ...]] = {one.name: (_setter(one.name),) for one in ATTRIBUTES}


def samples(schema: str) -> tuple[Sample, ...]:
    def story(name: str, before: Value, after: Value) -> Sample:
        old, new = (table(schema, "rehearsed", **{name: value}) for value in (before, after))
        return Sample(f"change.{name}", old, new, old[0].id)
    pair = Node(NodeId("composite_type", (schema, "shape")), {"fields": (Record(name="id", type="integer"),)})
    owner, id, key = table(schema)
    plain = (pair, owner, id, key)
    shaped = (pair, replace(owner, attributes={"of_type": ".".join(one for one in pair.id.path if one)}, depends_on=frozenset({pair.id})), id, key)
    return (story("row_security", False, True), story("force_row_security", False, True), story("replica_identity", "", "full"),
            Sample("change.of_type", plain, shaped, owner.id), Sample("change.of_type", shaped, plain, owner.id))
