"""Trigger: a program that runs when the rows of a table, or what stands behind a view, are changed.

Triggers that only keep a foreign key belong to it, and those of a partition that its table gave it belong to the table's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _programs as programs
from kernel.kinds._catalogs import RELATION_KIND, USER_SCHEMA, address, not_member
from kernel.kinds._rehearsal import table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds._stored_text import NAME, canonical, in_own_quotes, tokens

PG_TRIGGER = "2620"

PG = f"""
    SELECT t.oid, n.nspname, c.relname, c.relkind::text, t.tgname, pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled::text,
           pg_catalog.obj_description(t.oid, 'pg_trigger')
      FROM pg_catalog.pg_trigger AS t
      JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')} AND NOT EXISTS
           (SELECT FROM pg_catalog.pg_depend AS p WHERE p.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND p.objid = t.oid
                AND p.refclassid = 'pg_catalog.pg_trigger'::pg_catalog.regclass)
  ORDER BY t.oid"""

STORED_TEXT = r"""
    SELECT t.name, t.tbl_name, o.type, t.sql FROM sqlite_schema AS t JOIN sqlite_schema AS o ON o.name = t.tbl_name COLLATE NOCASE
     WHERE t.type = 'trigger' AND o.type IN ('table', 'view') AND t.name NOT LIKE '\_sqlx\_%' ESCAPE '\' ORDER BY t.name"""

SHOWN = f"""
    SELECT t.TRIGGER_NAME, t.EVENT_OBJECT_TABLE, {programs.DATABASE}, {programs.SELVES}, t.SQL_MODE, @@GLOBAL.sql_mode,
           CONCAT(t.ACTION_TIMING, ' ', t.EVENT_MANIPULATION), t.ACTION_ORDER
      FROM information_schema.TRIGGERS AS t
     WHERE t.TRIGGER_SCHEMA = DATABASE() AND LEFT(t.TRIGGER_NAME, 6) <> '_sqlx_'
  ORDER BY t.EVENT_OBJECT_TABLE, t.ACTION_TIMING, t.EVENT_MANIPULATION, t.ACTION_ORDER"""

FIRES = {"O": "origin", "D": "disabled", "R": "replica", "A": "always"}
_ACTION = {"origin": "ENABLE", "disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}

_HEAD = re.compile(rf"\s*CREATE\s+(?:TEMP(?:ORARY)?\s+)?(CONSTRAINT\s+)?TRIGGER\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:{NAME}\s*\.\s*)?({NAME})\s*", re.I)

_ON_TABLE = re.compile(rf"(\bON\s+)(?:{NAME}\s*\.\s*)?{NAME}(\s+FOR\s+EACH\s+ROW\b)", re.I)


def _node(owner: NodeId, name: str, attributes: dict[str, Value], **hints: Value) -> Node:
    return Node(NodeId("trigger", (*owner.path, name)), attributes, owner, frozenset({owner}), hints)


def read_pg(oid: int, schema: str, table: str, relation: str, name: str, text: str, fires: str, comment: str | None) -> Iterable[Node]:
    head = _HEAD.match(text)
    attributes: dict[str, Value] = {"constraint": bool(head and head[1]), "definition": text[head.end():] if head else text,
                                    "fires": FIRES[fires], "comment": comment or ""}
    yield _node(NodeId(RELATION_KIND[relation], (schema, table)), name, attributes, address=address(PG_TRIGGER, oid))


def read_stored(name: str, table: str, sort: str, sql: str) -> Iterable[Node]:
    head = _HEAD.match(sql)
    written = sql[head.end():] if head else sql
    yield _node(NodeId(sort, ("", table)), name, {"definition": canonical(tokens(written))}, text=sql, called=head[2] if head else "",
                written=written, mentions=written)


def read_shown(name: str, table: str, database: str, selves: str, mode: str, usual: str, event: str, place: int, _: str, __: str,
               text: str | None, *more: object) -> Iterable[Node]:
    """The server keeps the name of the table as it was written: quoted or not, with its database or without."""
    attributes, hints = programs.read_shown("TRIGGER", text, database, selves, mode, usual)
    quoted = "`" + table.replace("`", "``") + "`"
    definition = _ON_TABLE.sub(lambda found: found[1] + quoted + found[2], str(attributes["definition"]).strip(), count=1)
    yield _node(NodeId("table", ("", table)), name, {**attributes, "definition": definition},
                **hints, mentions=definition, event=event, place=place)


def create(node: Node, scene: Scene) -> Strategy:
    comment = (_comment(node, scene),) if node.text("comment") else ()
    return Strategy("create", (_text(node, scene, "CREATE"), *_fires(node, scene), *comment), *programs.mode_of(node, scene))


def _text(node: Node, scene: Scene, words: str) -> str:
    sort = "CONSTRAINT TRIGGER" if node.flag("constraint") else "TRIGGER"
    name = in_own_quotes(node.hint("called"), node.name) or scene.name(node.name)
    unless = "IF NOT EXISTS " if node.hints.get("unless_there") else ""
    return f"{words} {programs.definer(node)}{sort} {unless}{name} {_placed(node, scene)}"


def _placed(node: Node, scene: Scene) -> str:
    """The definition; before the first of those that are there for the same event and are to run after it."""
    definition = node.text("definition")
    if (written := node.hint("written")) and canonical(tokens(written)) == definition:
        return written
    if not node.hint("event") or node.parent is None:
        return definition
    later = [one for one in scene.before.children(node.parent, "trigger")
             if one.hint("event") == node.hint("event") and _place(one, scene) > _place(node, scene)]
    if not later:
        return definition
    first = min(later, key=lambda one: _place(one, scene))
    return re.sub(r"(\bFOR\s+EACH\s+ROW\b)", lambda found: f"{found[1]} PRECEDES {scene.name(first.name)}", definition, count=1, flags=re.I)


def _place(node: Node, scene: Scene) -> int:
    return int(str(scene.goal.get(node.id, node).hints.get("place") or 0))


def _fires(node: Node, scene: Scene) -> tuple[str, ...]:
    usual = node.text("fires") in ("", "origin")
    return () if usual else (f"ALTER TABLE {scene.table(node)} {_ACTION[node.text('fires')]} TRIGGER {scene.name(node.name)}",)


def drop_from_table(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop_from_table", (f"DROP TRIGGER {scene.name(node.name)} ON {scene.table(node)}",))


def drop_by_name(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop_by_name", (f"DROP TRIGGER {scene.name(node.id.path[0], node.name)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER TRIGGER {scene.name(before.name)} ON {scene.table(before)} RENAME TO {scene.name(after.name)}",))


def replace_in_place(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Nothing is changed while it is away; a server that can is not asked for constraint triggers, which it refuses."""
    if before.flag("constraint") or after.flag("constraint"):
        return None
    text = _text(after, scene, "CREATE OR REPLACE")
    return Strategy("replace_in_place", (text, *_fires(after, scene)), *programs.mode_of(after, scene), attributes=("definition", "fires", "definer"))


def set_fires(before: Node, after: Node, scene: Scene) -> Strategy:
    action = _ACTION[after.text("fires") or "origin"]
    return Strategy("set_fires", (f"ALTER TABLE {scene.table(after)} {action} TRIGGER {scene.name(after.name)}",))


def _comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON TRIGGER {scene.name(node.name)} ON {scene.table(node)} IS {scene.q.literal(node.text('comment') or None)}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (_comment(after, scene),))


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema)
    function = Node(NodeId("function", (schema, "fires()")), {
        "arguments": "", "returns": "trigger", "language": "plpgsql", "body": "BEGIN RETURN NEW; END"})
    where = ".".join(part for part in (schema, "rehearsed") if part)

    def stories(base: tuple[Node, ...], one: str, other: str) -> Iterable[Sample]:
        def trigger(name: str = "noticed", definition: str = one, **attributes: Value) -> Node:
            return _node(whole[0].id, name, {"definition": definition, **attributes})
        here, renamed = trigger(), trigger("renamed")
        yield Sample("add", base, (*base, here), here.id)
        yield Sample("drop", (*base, here), base, here.id)
        yield Sample("change.definition", (*base, here), (*base, trigger(definition=other)), here.id)
        if base != whole:
            yield Sample("rename", (*base, here), (*base, renamed), renamed.id)
            yield Sample("change.fires", (*base, here), (*base, trigger(fires="disabled")), here.id)
            yield Sample("change.comment", (*base, here), (*base, trigger(comment="said")), here.id)
    call = f"INSERT ON {where} FOR EACH ROW EXECUTE FUNCTION {schema}.fires()"
    return (*stories((*whole, function), f"BEFORE {call}", f"AFTER {call}"),
            *stories(whole, "BEFORE INSERT ON rehearsed BEGIN SELECT 1; END", "AFTER INSERT ON rehearsed BEGIN SELECT 1; END"),
            *stories(whole, "BEFORE INSERT ON rehearsed FOR EACH ROW SET @sqlx = 1", "AFTER INSERT ON rehearsed FOR EACH ROW SET @sqlx = 1"))


KIND = Kind(
    name="trigger",
    doc="A program that runs when the rows of a table are changed.",
    attributes=(
        Attribute("definition", "text", "all after its name: when it runs, on which table, and what", spelled=True),
        Attribute("constraint", "flag", "can be put off to the end of the transaction", otherwise=False),
        Attribute("fires", "text", "`origin`, `replica`, `always` or `disabled`: in which sessions it runs", otherwise="origin"),
        programs.DEFINER, programs.SQL_MODE,
        Attribute("comment", "text", "what people should know about it", otherwise=""),
    ),
    reads=(Read("pg_trigger", PG, read_pg, of=(1, 2)), Read("stored_text", STORED_TEXT, read_stored, of=(1,)),
           Read("shown_text", SHOWN, read_shown, "SHOW CREATE TRIGGER {}")),
    add=(create,),
    drop=(drop_from_table, drop_by_name),
    rename=(rename,),
    change={"definition": (replace_in_place,), "definer": (replace_in_place,), "fires": (set_fires,), "comment": (set_comment,)},
    samples=samples,
    untold=("change.definer",),
    reacts=True,
    rank=80,
    section="triggers",
    parent="table",
    also=("view", "foreign_table"),
    shorthand="definition",
)
