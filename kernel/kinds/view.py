"""View: a query with a name, run whenever it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.errors import NotUnderstood
from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _relation as relation
from kernel.kinds._catalogs import PG_CLASS, USER_SCHEMA, address, not_member, texts
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._programs import SELVES, unless_own
from kernel.kinds._rehearsal import table, view
from kernel.kinds._shown_text import without_database
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds._stored_text import NAME, canonical, in_own_quotes, tokens

PG = f"""
    SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_viewdef(c.oid), c.reloptions, pg_catalog.obj_description(c.oid, 'pg_class'),
           {owner_of('c.relowner')}, {relation.comments_of_columns('c.oid')},
           (SELECT pg_catalog.array_agg(a.attname::text || chr(1) || pg_catalog.pg_get_expr(d.adbin, d.adrelid) ORDER BY d.adnum)
              FROM pg_catalog.pg_attrdef AS d
              JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = c.oid),
           (SELECT pg_catalog.array_agg(a.attname::text || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind = 'v' AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
  ORDER BY c.oid"""

STORED_TEXT = r"SELECT name, sql FROM sqlite_schema WHERE type = 'view' AND name NOT LIKE '\_sqlx\_%' ESCAPE '\' ORDER BY name"


SHOWN = f"""
    SELECT v.TABLE_NAME, DATABASE(), {SELVES} FROM information_schema.VIEWS AS v
     WHERE v.TABLE_SCHEMA = DATABASE() AND LEFT(v.TABLE_NAME, 6) <> '_sqlx_' ORDER BY v.TABLE_NAME"""

_HEAD = re.compile(r"""CREATE\s+ALGORITHM=(\w+)\s+DEFINER=((?:`(?:``|[^`])*`|[^\s@]+)(?:@(?:`(?:``|[^`])*`|\S+))?)\s+SQL\s+SECURITY\s+(\w+)"""
                   r"""\s+VIEW\s+(?:`(?:``|[^`])*`\.)?`(?:``|[^`])*`\s+(\(`.*?`\)\s+)?AS\s+""", re.I | re.S)
_CHECK = re.compile(r"\s+(WITH (?:CASCADED|LOCAL) CHECK OPTION)\s*\Z", re.I)


def read_pg(oid: int, schema: str, name: str, text: str, options: object, comment: str | None, owner: str,
            said: object, defaults: object, columns: object) -> Iterable[Node]:
    attributes: dict[str, Value] = {"definition": text.strip().rstrip(";"), "options": tuple(sorted(texts(options))), "comment": comment or "",
                                    "owner": owner, "column_comments": relation.said_of_columns(said),
                                    "column_defaults": relation.pairs(defaults, "default")}
    hints: dict[str, Value] = {"address": address(PG_CLASS, oid), "columns": texts(columns), **relation.in_turn(options)}
    yield Node(NodeId("view", (schema, name)), attributes, None, frozenset({NodeId("schema", (schema,))}), hints)


def read_stored(name: str, sql: str) -> Iterable[Node]:
    head = re.match(rf"\s*CREATE\s+(?:TEMP(?:ORARY)?\s+)?VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?({NAME})", sql, re.I)
    rest = sql[head.end():] if head else sql
    listed = re.match(r"\s*(\(.*?\))\s*AS\s", rest, re.I | re.S)
    columns = listed[1] if listed else ""
    body = re.sub(r"^\s*(\(.*?\))?\s*AS\s+", "", rest, count=1, flags=re.I | re.S)
    attributes: dict[str, Value] = {"definition": canonical(tokens(body)), "columns": canonical(tokens(columns))}
    yield Node(NodeId("view", ("", name)), attributes, hints={"mentions": sql, "text": rest, "called": head[1] if head else ""})


def read_shown(name: str, database: str, selves: str, _: str, text: str, *more: object) -> Iterable[Node]:
    """Who made it is said only where it is somebody else: a twin may not know them."""
    head = _HEAD.match(text)
    if head is None:
        raise NotUnderstood(f"the text of view {name} is not one that sqlx can read", where=name, why=text[:200])
    algorithm, definer, security, columns = head.groups()
    body = without_database(text[head.end():], database)
    check = _CHECK.search(body)
    words = [f"ALGORITHM={algorithm.upper()}" if algorithm.upper() != "UNDEFINED" else "",
             f"DEFINER={other}" if (other := unless_own(definer, selves)) else "", "SQL SECURITY INVOKER" if security.upper() == "INVOKER" else ""]
    attributes: dict[str, Value] = {"definition": body[:check.start()] if check else body, "columns": (columns or "").strip(),
                                    "clauses": " ".join(word for word in words if word), "check_option": check[1].upper() if check else ""}
    yield Node(NodeId("view", ("", name)), attributes, hints={"mentions": attributes["definition"]})


def as_written(node: Node) -> str:
    """All after its name in people's own words, where the server keeps those and they still say what it is to be."""
    text = node.hint("text")
    said = next(iter(read_stored(node.name, f"CREATE VIEW x {text}")), None) if text else None
    return text if said is not None and said.attributes == node.attributes else ""


def create(node: Node, scene: Scene) -> Strategy:
    return Strategy("create", (_text(node, scene, "CREATE VIEW"), *made("VIEW", node, scene), *_comment(node, scene),
                               *relation.column_comments(None, node, scene), *relation.column_defaults(None, node, scene)))


def _text(node: Node, scene: Scene, words: str) -> str:
    if (written := as_written(node)) and not node.text("clauses"):
        return f"{words} {in_own_quotes(node.hint('called'), node.name) or scene.name(*node.id.path)}{written}"
    options = f" WITH ({', '.join(relation.options(node))})" if node.names("options") else ""
    columns = f" {node.text('columns')}" if node.text("columns") else ""
    head = words.replace(" VIEW", f" {node.text('clauses')} VIEW") if node.text("clauses") else words
    check = f" {node.text('check_option')}" if node.text("check_option") else ""
    return f"{head} {scene.name(*node.id.path)}{columns}{options} AS {node.text('definition')}{check}"


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP VIEW {scene.name(*node.id.path)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER VIEW {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))


def rename_as_table(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename_as_table", (f"RENAME TABLE {scene.name(*before.id.path)} TO {scene.name(*after.id.path)}",))


def replace_in_place(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Where the columns that were there stay as they are."""
    old, new = before.hints.get("columns"), after.hints.get("columns")
    if isinstance(old, tuple) and isinstance(new, tuple) and new[:len(old)] != old:
        return None
    attributes = tuple({*before.attributes, *after.attributes} - {"comment", "owner", "column_comments", "column_defaults"})
    return Strategy("replace_in_place", (_text(after, scene, "CREATE OR REPLACE VIEW"),), attributes=attributes)


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (f"COMMENT ON VIEW {scene.name(*after.id.path)} IS {scene.q.literal(after.text('comment') or None)}",))


def _comment(node: Node, scene: Scene) -> tuple[str, ...]:
    return set_comment(node, node, scene).statements if node.text("comment") else ()


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema)
    where = ".".join(part for part in (schema, "rehearsed") if part)
    here = view(schema, "seen", f"SELECT id FROM {where}", whole[0].id)
    other = here.with_(definition=f"SELECT id FROM {where} WHERE id > 0")
    renamed = view(schema, "renamed", f"SELECT id FROM {where}", whole[0].id)
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, renamed), renamed.id),
            Sample("change.definition", (*whole, here), (*whole, other), here.id),
            Sample("change.clauses", (*whole, here), (*whole, here.with_(clauses="SQL SECURITY INVOKER")), here.id),
            Sample("change.options", (*whole, here), (*whole, here.with_(options=("security_barrier=true",))), here.id),
            Sample("change.check_option", (*whole, other), (*whole, other.with_(check_option="WITH CASCADED CHECK OPTION")), here.id),
            Sample("change.columns", (*whole, here), (*whole, here.with_(columns="(`number`)")), here.id),
            Sample("change.comment", (*whole, here), (*whole, here.with_(comment="said")), here.id), story((*whole, here), here),
            Sample("change.column_comments", (*whole, here), (*whole, here.with_(column_comments=relation.said_of_columns(["id\x01said"]))), here.id),
            Sample("change.column_defaults", (*whole, here), (*whole, here.with_(column_defaults=relation.pairs(["id\x011"], "default"))), here.id))


KIND = Kind(
    name="view",
    doc="A query with a name.",
    attributes=(
        Attribute("definition", "expression", "the query", spelled=True),
        Attribute("columns", "text", "the names of its columns in parentheses, where the query does not give them", otherwise="", spelled=True),
        Attribute("options", "names", "`security_barrier=true` and the like", otherwise=()),
        Attribute("clauses", "text", "ALGORITHM and SQL SECURITY, where the server has them", otherwise="", spelled=True),
        Attribute("check_option", "text", "`WITH CASCADED CHECK OPTION` and the like", otherwise="", spelled=True),
        Attribute("comment", "text", "what people should know about it", otherwise=""), OWNER,
        relation.COLUMN_COMMENTS, relation.COLUMN_DEFAULTS,
    ),
    reads=(Read("pg_views", PG, read_pg), Read("stored_text", STORED_TEXT, read_stored),
           Read("shown_text", SHOWN, read_shown, "SHOW CREATE VIEW {}")),
    add=(create,),
    drop=(drop,),
    rename=(rename, rename_as_table),
    change={**dict.fromkeys(("definition", "options", "columns", "clauses", "check_option"), (replace_in_place,)),
            "comment": (set_comment,), "owner": (give("VIEW"),), "column_comments": (relation.set_column_comments,),
            "column_defaults": (relation.set_column_defaults,)},
    samples=samples,
    rank=70,
)
