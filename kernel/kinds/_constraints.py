"""What the constraints of a table have in common: they are added, dropped and renamed by name, and read from the same places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Check, Strategy
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _parts as parts
from kernel.kinds._catalogs import PG_CONSTRAINT, USER_SCHEMA, address, not_member, of_table, texts
from kernel.kinds._marks import made as marked
from kernel.kinds._marks import unmarked
from kernel.kinds._spec import Attribute, Scene

KEYS = ("primary_key", "unique", "exclusion_constraint")
"""Constraints that an index keeps: of a table with partitions, each has its own, and they are parts of the one above."""

COMMENT = Attribute("comment", "text", "what people should know about it", otherwise="")
DEFINITION = Attribute("definition", "text", "the whole clause in the server's own words", spelled=True)


_CLAUSE = "pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(c.oid), ' NOT VALID$', '')"
_STORED = """(SELECT pg_catalog.string_agg(pg_catalog.split_part(said, '=', 1) || '='
                                           || pg_catalog.quote_literal(pg_catalog.substr(said, pg_catalog.strpos(said, '=') + 1)), ', ' ORDER BY at)
                  FROM pg_catalog.pg_class AS x, pg_catalog.unnest(x.reloptions) WITH ORDINALITY AS o (said, at) WHERE x.oid = c.conindid)"""
_DEFERRED = "CASE WHEN c.condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN c.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END"
_KEY = rf"""pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(c.oid), '( DEFERRABLE)?( INITIALLY DEFERRED)?$', '')
           || coalesce(' WITH (' || {_STORED} || ')', '') || {_DEFERRED}"""
"""Of a key the server's own clause leaves out the storage parameters of its index: they stand before what is said of deferring."""


def pg_query(sort: str) -> str:
    """pg_constraint, for one sort of constraint of tables."""
    return rf"""
    SELECT c.oid, n.nspname, r.relname, c.conname,
           {_KEY if sort in "pu" else _CLAUSE}, c.convalidated, s.description,
           (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.at) FROM pg_catalog.unnest(c.conkey) WITH ORDINALITY AS k (number, at)
              JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.number),
           CASE WHEN k.oid IS NOT NULL THEN ARRAY[kn.nspname, kr.relname, k.conname]::text[]
                WHEN c.coninhcount > 0 THEN {inheritance.PARENTS.format(oid='r.oid')} END,
           i.indisclustered, i.indisreplident, si.description
      FROM pg_catalog.pg_constraint AS c
      JOIN pg_catalog.pg_class AS r ON r.oid = c.conrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
 LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = c.conparentid
 LEFT JOIN pg_catalog.pg_class AS kr ON kr.oid = k.conrelid
 LEFT JOIN pg_catalog.pg_namespace AS kn ON kn.oid = kr.relnamespace
 LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.conindid AND i.indrelid = c.conrelid
 LEFT JOIN pg_catalog.pg_description AS s ON s.objoid = c.oid AND s.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
 LEFT JOIN pg_catalog.pg_description AS si
           ON si.objoid = i.indexrelid AND si.objsubid = 0 AND si.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
     WHERE c.contype = '{sort}' AND r.relkind IN ('r', 'p') AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'r.oid')}
  ORDER BY c.oid"""


def read_pg(kind: str) -> Callable[..., Iterable[Node]]:
    """A row of `pg_query` as a node of this kind."""
    def read(oid: int, schema: str, table: str, name: str, definition: str, valid: bool, comment: str | None,
             columns: object, whole: object, clustered: bool | None, names_rows: bool | None, index_comment: str | None) -> Iterable[Node]:
        """`whole` is the constraint above this one, or the tables with one of the same name."""
        attributes: dict[str, Value] = {"definition": definition, "columns": key(texts(columns)), "comment": comment or ""}
        if kind in ("check", "foreign_key"):
            attributes["valid"] = valid or definition.endswith("NOT ENFORCED")  # nobody is ever to look at the rows
        else:
            attributes |= {"clustered": bool(clustered), "replica_identity": bool(names_rows), "index_comment": index_comment or ""}
        above = texts(whole)
        ids = [NodeId(kind, (*inheritance.path(one), name)) for one in above] if kind == "check" else [NodeId(kind, above)] if above else []
        yield of_table(kind, schema, table, name, attributes, texts(columns), ids, address=address(PG_CONSTRAINT, oid))
    return read


def key(columns: Iterable[str]) -> tuple[Record, ...]:
    return tuple(Record(column=one) for one in columns)


def named(node: Node, scene: Scene) -> str:
    """`CONSTRAINT name ` where the constraint has a name of its own."""
    return f"CONSTRAINT {scene.name(node.name)} " if node.get("named", True) else ""


def key_columns(node: Node, scene: Scene) -> str:
    """The columns of a key in order, each with its direction and the like."""
    return ", ".join(
        (f"({part.text('expression')})" if part.text("expression") else scene.name(part.text("column")))
        + (f"({part['length']})" if part.get("length") else "")
        + (f" {part.text('options')}" if part.text("options") else "")
        + (" DESC" if part.get("descending") else "")
        for part in node.records("columns"))


def conflict(node: Node) -> str:
    return f" ON CONFLICT {node.text('conflict')}" if node.text("conflict") else ""


def key_options(node: Node, scene: Scene) -> str:
    """What stands after the columns of a key, where comments stand in statements too."""
    if not scene.q.comment("x"):
        return ""
    words = [f" USING {node.text('method')}" if node.text("method") else "", f" {node.text('options')}" if node.text("options") else "",
             f" WITH PARSER {node.text('parser')}" if node.text("parser") else "",
             f" {scene.q.comment(node.text('comment'))}" if node.text("comment") else "", f" {node.text('hidden')}" if node.text("hidden") else ""]
    return "".join(words)


def add(node: Node, scene: Scene, clause: str, name: str = "add", tail: str = "", checks: tuple[Check, ...] = ()) -> Strategy:
    comment = (comment_statement(node, scene),) if node.text("comment") and not scene.q.comment("x") else ()
    if node.id.kind not in KEYS:
        return Strategy(name, (f"ALTER TABLE {scene.table(node)} ADD {clause}{tail}", *comment), checks=checks)
    if parts.comes_along(node, scene):
        return inheritance.nothing(name)
    only = inheritance.only(node, scene)
    made = Strategy(name, (f"ALTER TABLE {only}{scene.table(node)} ADD {clause}{tail}", *comment, *marked(node, scene)), checks=checks)
    return parts.with_parts(made, node, scene)


def drop(node: Node, scene: Scene) -> Strategy:
    """A constraint goes with the one above; a table below that would keep it loses it as well."""
    if node.id.kind in KEYS:
        if renamed := parts.called_anew(node, scene):
            return replace(renamed, name="drop")
        whole = Strategy("drop", (f"ALTER TABLE {scene.table(node)} DROP CONSTRAINT {scene.name(node.name)}",))
        return inheritance.nothing("drop") if parts.goes_along(node, scene) else unmarked(parts.without_parts(whole, node, scene), node, scene)
    if inheritance.goes_along(node, scene):
        return inheritance.nothing("drop")
    name = scene.name(node.name)
    below = inheritance.left_below(node, scene) if node.id.kind == "check" else ()
    more = tuple(f"ALTER TABLE {scene.name(*one.path)} DROP CONSTRAINT IF EXISTS {name}" for one in below)
    copies = inheritance.going_with(node, scene) if node.id.kind == "check" else ()
    covers = frozenset(one.id for one in copies) | inheritance.restated(copies, scene)
    return Strategy("drop", (f"ALTER TABLE {scene.table(node)} DROP CONSTRAINT {name}", *more), covers=covers)


def replace_at_once(before: Node, after: Node, scene: Scene, clause: str, checks: tuple[Check, ...]) -> Strategy | None:
    """A key becomes another one in one statement: no row that is the second of its sort comes in between."""
    if not (parts.stands_alone(before, scene.before) and parts.stands_alone(after, scene.goal)):
        return None
    where = scene.table(after)
    said = (comment_statement(after, scene),) if after.text("comment") else ()
    text = f"ALTER TABLE {where} DROP CONSTRAINT {scene.name(before.name)}, ADD {clause}"
    return Strategy("replace_at_once", (text, *said, *marked(after, scene)), attributes=tuple({*before.attributes, *after.attributes}), checks=checks)


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    text = f"ALTER TABLE {scene.table(before)} RENAME CONSTRAINT {scene.name(before.name)} TO {scene.name(after.name)}"
    return Strategy("rename", (text,))


def validate(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if not after.get("valid", True):
        return None
    return Strategy("validate", (f"ALTER TABLE {scene.table(after)} VALIDATE CONSTRAINT {scene.name(after.name)}",))


def comment_statement(node: Node, scene: Scene) -> str:
    said = scene.q.literal(node.text("comment") or None)
    return f"COMMENT ON CONSTRAINT {scene.name(node.name)} ON {scene.table(node)} IS {said}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (comment_statement(after, scene),))


def unnamed(sort: str, columns: Iterable[str]) -> str:
    """The stable name of a constraint that people gave none: what it is over which columns."""
    return f"{sort}({','.join(columns)})"


def says_no_more(words: str, node: Node) -> bool:
    """The server's definition is just this constraint over these columns."""
    columns = ", ".join(one.text("column") for one in node.records("columns"))
    return node.text("definition").replace('"', "") == f"{words} ({columns})"
