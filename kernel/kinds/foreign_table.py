"""Foreign table: rows that lie on a foreign server, under a name here. It holds none itself, so making it again loses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _foreign as foreign
from kernel.kinds._catalogs import PG_CLASS, USER_SCHEMA, address, not_member, texts
from kernel.kinds._comments import COMMENT, said, set_comment
from kernel.kinds._comments import story as commented
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

WHAT = "FOREIGN TABLE"

PG = f"""
    SELECT c.oid, n.nspname, c.relname, s.srvname, f.ftoptions,
           (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('column', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                   'required', a.attnotnull, 'expression', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated,
                   'options', a.attfdwoptions, 'settings', a.attoptions, 'statistics', pg_catalog.to_jsonb(a) -> 'attstattarget',
                   'comment', pg_catalog.col_description(c.oid, a.attnum),
                   'collation', CASE WHEN a.attcollation <> t.typcollation THEN
                        (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname) FROM pg_catalog.pg_collation AS l
                           JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace WHERE l.oid = a.attcollation) END) ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute AS a
              JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
         LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal),
           (SELECT pg_catalog.array_agg(k.conname || chr(1) || pg_catalog.pg_get_constraintdef(k.oid) ORDER BY k.conname)
              FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conislocal),
           CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
           (SELECT pg_catalog.array_agg(pn.nspname || chr(1) || p.relname ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits AS i
              JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
             WHERE i.inhrelid = c.oid),
           pg_catalog.obj_description(c.oid, 'pg_class'), {owner_of('c.relowner')}
      FROM pg_catalog.pg_foreign_table AS f
      JOIN pg_catalog.pg_class AS c ON c.oid = f.ftrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_foreign_server AS s ON s.oid = f.ftserver
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
  ORDER BY c.oid"""


def read_pg(oid: int, schema: str, name: str, server: str, options: object, columns: list[Mapping[str, Any]] | None, checks: object,
            bound: str | None, parents: object, comment: str | None, owner: str) -> Iterable[Node]:
    above = tuple(NodeId("table", tuple(one.split("\x01"))) for one in texts(parents))
    pairs = (one.split("\x01") for one in texts(checks))
    attributes: dict[str, Value] = {
        "server": server, **foreign.options(options), "columns": tuple(map(_column, columns or ())),
        "checks": tuple(Record(check=check, definition=text) for check, text in pairs),
        "bound": bound or "", "inherits": tuple(one.label for one in above), "comment": comment or "", "owner": owner}
    needs = frozenset({NodeId("schema", (schema,)), NodeId("foreign_server", (server,)), *above})
    yield Node(NodeId("foreign_table", (schema, name)), attributes, None, needs,
               {"address": address(PG_CLASS, oid), "parents": tuple(one.path for one in above)})


def _column(said: Mapping[str, Any]) -> Record:
    """With the parts that are not as usual."""
    parts: dict[str, Value] = {"column": said["column"], "type": said["type"], "not_null": said["required"],
                               "generated" if said["generated"] else "default": said["expression"], "collation": said["collation"],
                               "options": tuple(sorted(said["options"] or ())), "comment": said["comment"],
                               "settings": tuple(said["settings"] or ()), "statistics": _target(said["statistics"])}
    return Record({key: value for key, value in parts.items() if value not in (None, False, ())})


def _target(said: int | None) -> int | None:
    return said if said is not None and said >= 0 else None


def _set(had: Record, now: Record) -> Iterable[str]:
    """What stands in no clause of a column."""
    old, new = texts(had.get("settings")), texts(now.get("settings"))
    kept = {one.partition("=")[0] for one in new}
    gone = [one.partition("=")[0] for one in old if one.partition("=")[0] not in kept]
    if gone:
        yield f"RESET ({', '.join(gone)})"
    if new != old and new:
        yield f"SET ({', '.join(new)})"
    if had.get("statistics") != now.get("statistics"):
        yield f"SET STATISTICS {-1 if now.get('statistics') is None else now.get('statistics')}"


def _clause(column: Record, scene: Scene) -> str:
    options = column.get("options")
    words = [scene.name(column.text("column")), column.text("type"), foreign.clause(texts(options), scene).strip()]
    words += [f"COLLATE {column.text('collation')}"] if column.text("collation") else []
    words += ["NOT NULL"] if column.get("not_null") else []
    words += [f"DEFAULT {column.text('default')}"] if column.text("default") else []
    words += [f"GENERATED ALWAYS AS ({column.text('generated')}) STORED"] if column.text("generated") else []
    return " ".join(word for word in words if word)


def _parents(node: Node) -> tuple[tuple[str, ...], ...]:
    said = node.hints.get("parents")
    return tuple(tuple(map(str, one)) for one in said if isinstance(one, tuple)) if isinstance(said, tuple) else ()


def create(node: Node, scene: Scene) -> Strategy | None:
    if node.names("secrets"):
        return None
    members = [_clause(one, scene) for one in node.records("columns")]
    members += [f"CONSTRAINT {scene.name(one.text('check'))} {one.text('definition')}" for one in node.records("checks")]
    above = _parents(node)
    here = scene.name(*node.id.path)
    inherits = f" INHERITS ({', '.join(scene.name(*one) for one in above)})" if above and not node.text("bound") else ""
    text = (f"CREATE FOREIGN TABLE {here} ({', '.join(members)}){inherits} SERVER {scene.name(node.text('server'))}"
            f"{foreign.clause(node.names('options'), scene)}")
    apart = tuple(f"ALTER FOREIGN TABLE {here} ALTER COLUMN {scene.name(one.text('column'))} {words}"
                  for one in node.records("columns") for words in _set(Record(), one))
    attach = tuple(f"ALTER TABLE {scene.name(*one)} ATTACH PARTITION {here} {node.text('bound')}" for one in above if node.text("bound"))
    return Strategy("create", (text, *apart, *attach, *made(WHAT, node, scene), *said(WHAT, node, scene), *_comments(None, node, scene)))


def _comments(before: Node | None, after: Node, scene: Scene) -> tuple[str, ...]:
    had = {one.text("column"): one.text("comment") for one in before.records("columns")} if before else {}
    return tuple(f"COMMENT ON COLUMN {scene.name(*after.id.path, one.text('column'))} IS {scene.q.literal(one.text('comment') or None)}"
                 for one in after.records("columns") if one.text("comment") != had.get(one.text("column"), ""))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP FOREIGN TABLE {scene.name(*node.id.path)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER FOREIGN TABLE {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))


def alter_columns(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Columns that come go to the end; where they should stand elsewhere, the table is made again."""
    had, now = ({one.text("column"): one for one in node.records("columns")} for node in (before, after))
    if [*(name for name in had if name in now), *(name for name in now if name not in had)] != list(now):
        return None
    actions = [f"DROP COLUMN {scene.name(name)}" for name in had if name not in now]
    actions += [f"ADD COLUMN {_clause(one, scene)}" for name, one in now.items() if name not in had]
    for name, one in now.items():
        if name in had:
            if had[name].get("generated") != one.get("generated"):
                return None
            actions += [f"ALTER COLUMN {scene.name(name)} {words}" for words in _changes(had[name], one, scene)]
    text = (f"ALTER FOREIGN TABLE {scene.name(*after.id.path)} {', '.join(actions)}",) if actions else ()
    return Strategy("alter_columns", (*text, *_comments(before, after, scene)))


def _changes(had: Record, now: Record, scene: Scene) -> Iterable[str]:
    if any(had.get(one) != now.get(one) for one in ("type", "collation")):
        yield f"TYPE {now.text('type')}" + (f" COLLATE {now.text('collation')}" if now.text("collation") else "")
    if had.get("not_null") != now.get("not_null"):
        yield "SET NOT NULL" if now.get("not_null") else "DROP NOT NULL"
    if had.get("default") != now.get("default"):
        yield f"SET DEFAULT {now.text('default')}" if now.text("default") else "DROP DEFAULT"
    if had.get("options") != now.get("options"):
        yield foreign.changed(texts(had.get("options")), texts(now.get("options")), scene).strip()
    yield from _set(had, now)


def alter_checks(before: Node, after: Node, scene: Scene) -> Strategy:
    had, now = ({one.text("check"): one.text("definition") for one in node.records("checks")} for node in (before, after))
    actions = [f"DROP CONSTRAINT {scene.name(name)}" for name in had if had[name] != now.get(name)]
    actions += [f"ADD CONSTRAINT {scene.name(name)} {text}" for name, text in now.items() if had.get(name) != text]
    return Strategy("alter_checks", (f"ALTER FOREIGN TABLE {scene.name(*after.id.path)} {', '.join(actions)}",))


def samples(schema: str) -> tuple[Sample, ...]:
    wrapper = Node(NodeId("foreign_data_wrapper", ("rehearsed",)), {})
    server = Node(NodeId("foreign_server", ("elsewhere",)), {"wrapper": wrapper.name}, None, frozenset({wrapper.id}))
    whole = (wrapper, server)

    def table(name: str = "there", *more: Record, **attributes: Value) -> Node:
        stated: dict[str, Value] = {"server": server.name, "columns": (Record(column="id", type="integer"), *more), **attributes}
        return Node(NodeId("foreign_table", (schema, name)), stated, None, frozenset({server.id}))
    here = table()
    checked = (Record(check="positive", definition="CHECK ((id > 0))"),)
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, table("renamed")), table("renamed").id),
            Sample("change.columns", (*whole, here), (*whole, table(here.name, Record(column="noted", type="text"))), here.id),
            Sample("change.checks", (*whole, here), (*whole, table(checks=checked)), here.id),
            Sample("change.options", (*whole, here), (*whole, table(options=("name=other",))), here.id),
            commented((*whole, here), here), story((*whole, here), here))


KIND = Kind(
    name="foreign_table",
    doc="Rows that lie on a foreign server, under a name here.",
    attributes=(
        Attribute("server", "text", "where the rows are"),
        Attribute("columns", "records", "each `{column, type}`, `not_null`, `default`, `generated`, `options`, `comment` and the like", spelled=True),
        Attribute("checks", "records", "what its rows are known to meet; each `{check, definition}`", otherwise=(), spelled=True),
        Attribute("bound", "expression", "the rows that belong into this partition", otherwise="", spelled=True),
        Attribute("inherits", "names", "tables whose columns it takes over", otherwise=()),
        foreign.OPTIONS, foreign.SECRETS, COMMENT, OWNER,
    ),
    reads=(Read("pg_foreign_table", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={
        "owner": (give(WHAT),),
        "columns": (alter_columns,),
        "checks": (alter_checks,),
        "options": (foreign.set_options(WHAT),),
        "comment": (set_comment(WHAT),),
    },
    samples=samples,
    rank=12,
)
