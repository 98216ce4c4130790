"""Index: a sorted copy of some columns that the server keeps in step.

A node of its own, not an attribute of its table: it can come and go while the table stays, on most servers while writers
write on. An index that only backs a constraint belongs to that constraint's kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import PassedOver, Strategy
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _marks as marks
from kernel.kinds import _parts as parts
from kernel.kinds import unique
from kernel.kinds._beside_writers import aside, unhurried
from kernel.kinds._catalogs import PG_CLASS, USER_SCHEMA, address, not_member, of_table, texts
from kernel.kinds._constraints import key_columns, key_options
from kernel.kinds._counting import add_key_of_counting, drop_key_of_counting
from kernel.kinds._index_storage import set_storage
from kernel.kinds._rehearsal import column, link, noted, table
from kernel.kinds._shown_text import ShownTable, by_table, names_in
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds._stored_text import canonical, close_of, in_own_quotes, spaced, split_members, tokens, unquoted

PG = f"""
    SELECT c.oid, n.nspname, r.relname, r.relkind, c.relname, pg_catalog.pg_get_indexdef(c.oid), i.indisunique, i.indisvalid,
           i.indisclustered, i.indisreplident, m.amname,
           pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), s.description,
           (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(c.oid, k.at::int, true) || chr(1) ||
                   CASE WHEN i.indkey[k.at - 1] = 0 THEN 'e' ELSE 'c' END || chr(1) ||
                   CASE WHEN i.indoption[k.at - 1] & 1 = 1 THEN 'd' ELSE '' END ORDER BY k.at)
              FROM pg_catalog.generate_series(1, i.indnkeyatts) AS k (at)),
           CASE WHEN c.relispartition THEN
           (SELECT ARRAY[wn.nspname, wt.relname, w.relname]::text[] FROM pg_catalog.pg_inherits AS h
              JOIN pg_catalog.pg_class AS w ON w.oid = h.inhparent JOIN pg_catalog.pg_index AS wi ON wi.indexrelid = w.oid
              JOIN pg_catalog.pg_class AS wt ON wt.oid = wi.indrelid JOIN pg_catalog.pg_namespace AS wn ON wn.oid = wt.relnamespace
             WHERE h.inhrelid = c.oid) END, c.relkind = 'I', CASE WHEN i.indexprs IS NOT NULL THEN {marks.SAMPLED_KEYS} END
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_class AS r ON r.oid = i.indrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
      JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
 LEFT JOIN pg_catalog.pg_description AS s
           ON s.objoid = c.oid AND s.objsubid = 0 AND s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
     WHERE r.relkind IN ('r', 'p', 'm') AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'r.oid')}
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
  ORDER BY c.oid"""

STORED_TEXT = r"""
    SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT LIKE '\_sqlx\_%' ESCAPE '\'
     ORDER BY name"""

OWNERS = {"r": "table", "p": "table", "m": "materialized_view"}


def read_pg(oid: int, schema: str, table: str, relkind: str, name: str, text: str, is_unique: bool, valid: bool, clustered: bool, names_rows: bool,
            method: str, predicate: str | None, comment: str | None, keys: list[str], whole: object, spread: bool,
            statistics: object) -> Iterable[Node]:
    """`whole` is the index of the whole table that this one is part of; that one is whole when all of its parts are there."""
    parts = []
    for one in keys:
        said, sort, descending = one.split("\x01")
        part: dict[str, Value] = {"expression": said} if sort == "e" else {"column": unquoted(said)}
        parts.append(Record({**part, "descending": True} if descending else part))
    attributes: dict[str, Value] = {
        "unique": is_unique, "columns": tuple(parts), "method": "" if method == "btree" else method, "where": predicate or "",
        "definition": re.sub(r"^.*? USING ", "USING ", text, count=1, flags=re.S), "valid": valid or spread, "comment": comment or "",
        "clustered": clustered, "replica_identity": names_rows, "statistics": texts(statistics)}
    above = [NodeId("index", texts(whole))] if whole else []
    columns = [one.text("column") for one in parts if "column" in one]
    node = of_table("index", schema, table, name, attributes, columns, above, address=address(PG_CLASS, oid), only=" ON ONLY " in text)
    owner = NodeId(OWNERS[relkind], (schema, table))
    yield node if relkind != "m" else replace(node, parent=owner, depends_on=frozenset({owner}))


def read_stored(name: str, table: str, sql: str) -> Iterable[Node]:
    parts = tokens(sql)
    low = [one.lower() for one in parts]
    on = low.index("on")
    opening = parts.index("(", on)
    closing = close_of(parts, opening)
    keys, plain = [], []
    for member in split_members(parts[opening + 1:closing]):
        keys.append(_stored_key(member))
        plain += [_as_name(one) for one in member]
    where = canonical(parts[closing + 2:]) if low[closing + 1:closing + 2] == ["where"] else ""
    attributes: dict[str, Value] = {"unique": low[1] == "unique", "columns": tuple(keys), "where": where}
    yield of_table("index", "", table, name, attributes, text=sql, called=f"{parts[on - 1]} ON {parts[on + 1]}", written=spaced(parts[opening:]),
                   mentions=" ".join(plain) + " " + where)


def _as_name(token: str) -> str:
    """A column may stand there in any quotes, those of literals too."""
    return '"' + unquoted(token).replace('"', '""') + '"' if token[:1] in "'\"`[" else token


def _stored_key(member: list[str]) -> Record:
    part: dict[str, Value] = {}
    rest = list(member)
    if rest[-1].lower() in ("asc", "desc"):
        part["descending"] = rest.pop().lower() == "desc"
    if [one.lower() for one in rest[-2:-1]] == ["collate"]:
        part["options"] = f"COLLATE {rest[-1]}"
        rest = rest[:-2]
    simple = len(rest) == 1
    while rest[0] == "(" and close_of(rest, 0) == len(rest) - 1:
        rest = rest[1:-1]
    said: dict[str, Value] = {"column": unquoted(rest[0])} if simple else {"expression": canonical(rest)}
    return Record({**said, **{key: value for key, value in part.items() if value}})


def read_shown(table: str, shown: ShownTable) -> Iterable[Node]:
    for place, one in enumerate(shown.keys):
        if one.sort == "PRIMARY":
            continue
        attributes: dict[str, Value] = {
            "unique": one.sort == "UNIQUE", "columns": one.parts, "sort": "" if one.sort == "UNIQUE" else one.sort, "method": one.method,
            "parser": one.parser, "hidden": one.hidden, "options": one.options, "comment": one.comment}
        formulas = " ".join(part.text("expression") for part in one.parts)
        columns = [*one.columns, *(name for name in names_in(formulas) if name in shown.columns)]
        yield of_table("index", "", table, one.name, attributes, columns, place=place)


def create(node: Node, scene: Scene) -> Strategy:
    if parts.comes_along(node, scene):
        return inheritance.nothing("create")
    return parts.with_parts(_create("create", "INDEX", node, scene), node, scene)


def create_beside_link(node: Node, scene: Scene) -> Strategy | None:
    """An index that the server made for a foreign key by itself goes in silence when another one can serve the key: one that was renamed is ours."""
    if not scene.q.comment("x") or node.parent is None:
        return None
    names = tuple(one.text("column") for one in node.records("columns"))
    links = {link.names("columns") for link in scene.before.children(node.parent, "foreign_key")}
    served = {columns for columns in links if names[:len(columns)] == columns}
    implied = [one for one in scene.before.children(node.parent, "index")
               if tuple(part.text("column") for part in one.records("columns")) in served and not one.flag("unique") and one.id != node.id]
    if not implied:
        return None
    table, aside = scene.table(node), scene.name("_sqlx_aside")
    ours = tuple(f"ALTER TABLE {table} RENAME INDEX {old} TO {new}" for one in implied
                 for old, new in ((scene.name(one.name), aside), (aside, scene.name(one.name))))
    made = create(node, scene)
    return replace(made, name="create_beside_link", statements=(*ours, *made.statements))


def create_beside_writers(node: Node, scene: Scene) -> Strategy | None:
    """Of a table with partitions: one by one, each beside its writers."""
    if parts.comes_along(node, scene):
        return None
    if not node.hints.get("only"):
        return unhurried(_create("create_beside_writers", "INDEX CONCURRENTLY", node, scene))
    made = parts.with_parts(_create("create_beside_writers", "INDEX", node, scene), node, scene, parts.BESIDE)
    return unhurried(made) if made.covers else None


def create_online(node: Node, scene: Scene) -> Strategy | None:
    """Writers write on, or the server says that it can't."""
    made = create(node, scene)
    return Strategy("create_online", (made.statements[0] + " ALGORITHM=INPLACE LOCK=NONE", *made.statements[1:]), checks=made.checks)


def _create(name: str, what: str, node: Node, scene: Scene) -> Strategy:
    only = "ONLY " if node.hints.get("only") or any(parts.parts(node, scene.goal)) else ""
    sort = node.text("sort") or ("UNIQUE" if node.flag("unique") else "")
    names = in_own_quotes(node.hint("called"), node.name, "ON", node.id.path[-2]) or f"{scene.name(node.name)} ON {only}{scene.table(node)}"
    text = f"CREATE {sort + ' ' if sort else ''}{what} {names} {tail(node, scene)}"
    comment = (_comment(node, scene),) if node.text("comment") and not scene.q.comment("x") else ()
    checks = unique.duplicates(node, scene) if node.flag("unique") and not node.text("where") else ()
    return Strategy(name, (text, *comment, *marks.made(node, scene)), checks=checks)


def tail(node: Node, scene: Scene) -> str:
    """All that stands after the table's name."""
    if node.text("definition") or (written := as_written(node)):
        return node.text("definition") or written
    using = f"USING {node.text('method')} " if node.text("method") and not scene.q.comment("x") else ""
    where = f" WHERE {node.text('where')}" if node.text("where") else ""
    return f"{using}({key_columns(node, scene)}){where}{key_options(node, scene)}"


def as_written(node: Node) -> str:
    """The same in people's own words, where the server keeps those and they still say what it is to be."""
    written, sort = node.hint("written"), "UNIQUE INDEX" if node.flag("unique") else "INDEX"
    said = next(iter(read_stored(node.name, "t", f"CREATE {sort} i ON t {written}"))) if written else None
    return written if said is not None and said.attributes == node.attributes else ""


def clause(node: Node, scene: Scene) -> str:
    """The index inside of CREATE TABLE."""
    sort = node.text("sort") or ("UNIQUE" if node.flag("unique") else "")
    return f"{sort + ' ' if sort else ''}KEY {scene.name(node.name)} {tail(node, scene)}"


def drop_by_name(node: Node, scene: Scene) -> Strategy:
    if renamed := parts.called_anew(node, scene):
        return replace(renamed, name="drop_by_name")
    if parts.goes_along(node, scene):
        return inheritance.nothing("drop_by_name")
    made = parts.without_parts(Strategy("drop_by_name", (f"DROP INDEX {scene.name(node.id.path[0], node.name)}",)), node, scene)
    return marks.unmarked(made, node, scene)


def drop_beside_writers(node: Node, scene: Scene) -> Strategy | None:
    if node.hints.get("only") or scene.before.children(node.id, "index_attachment"):
        return None
    made = Strategy("drop_beside_writers", (f"DROP INDEX CONCURRENTLY {scene.name(node.id.path[0], node.name)}",))
    return unhurried(marks.unmarked(made, node, scene))


def drop_from_table(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop_from_table", (f"DROP INDEX {scene.name(node.name)} ON {scene.table(node)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER INDEX {scene.name(before.id.path[0], before.name)} RENAME TO {scene.name(after.name)}",))


def rename_in_table(before: Node, after: Node, scene: Scene) -> Strategy:
    text = f"ALTER TABLE {scene.table(before)} RENAME INDEX {scene.name(before.name)} TO {scene.name(after.name)}"
    return Strategy("rename_in_table", (text,))


def add_with_counting(node: Node, scene: Scene) -> Strategy | None:
    return add_key_of_counting(node, scene, clause(node, scene))


def drop_with_counting(node: Node, scene: Scene) -> Strategy | None:
    return drop_key_of_counting(node, scene, f"DROP INDEX {scene.name(node.name)}")


def drop_in_table(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop_in_table", (f"ALTER TABLE {scene.table(node)} DROP INDEX {scene.name(node.name)}",))


def replace_in_table(before: Node, after: Node, scene: Scene) -> Strategy:
    """The old one goes and the new one comes at once, so that what needs either never misses it."""
    text = f"ALTER TABLE {scene.table(after)} DROP INDEX {scene.name(before.name)}, ADD {clause(after, scene)}"
    return _instead(Strategy("replace_in_table", (text,)), before, after, scene)


def replace_at_once(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The same in one transaction."""
    if not (parts.stands_alone(before, scene.before) and parts.stands_alone(after, scene.goal)):
        return None
    texts = (*drop_by_name(before, scene).statements, *_create("create", "INDEX", after, scene).statements)
    return _instead(Strategy("replace_at_once", texts), before, after, scene)


def replace_beside_writers(before: Node, after: Node, scene: Scene) -> Strategy | PassedOver | None:
    """The old one serves queries until the new one is whole; then they change names, and the old one goes."""
    if not (parts.stands_alone(before, scene.before) and parts.stands_alone(after, scene.goal)):
        return None
    if borne := [mark.name for mark in marks.MARKS if before.flag(mark.name) or after.flag(mark.name)]:
        return PassedOver("replace_beside_writers", f"it bears a mark that one index of a table has at a time ({borne[0]})")
    schema, name = after.id.path[0], scene.name(after.name)
    old, new = aside(after.id, "old"), aside(after.id)
    built = _create("create", "INDEX CONCURRENTLY", replace(after, id=after.id.renamed(new)), scene).statements
    swap = (f"ALTER INDEX {scene.name(schema, after.name)} RENAME TO {scene.name(old)};\n"
            f"ALTER INDEX {scene.name(schema, new)} RENAME TO {name}")
    made = Strategy("replace_beside_writers", (*built, swap, f"DROP INDEX CONCURRENTLY {scene.name(schema, old)}"), apart=True,
                    sweep=tuple(f"DROP INDEX IF EXISTS {scene.name(schema, one)}" for one in (old, new)))
    return unhurried(_instead(made, before, after, scene))


def _instead(made: Strategy, before: Node, after: Node, scene: Scene) -> Strategy:
    """With all that the one has instead of the other; rows may be alike by the new key that were not by the old one."""
    alike = after.flag("unique") and not after.text("where") and not (
        before.flag("unique") and not before.text("where") and set(before.records("columns")) <= set(after.records("columns")))
    return replace(made, attributes=tuple({*before.attributes, *after.attributes}),
                               checks=unique.duplicates(after, scene) if alike else ())


def _comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON INDEX {scene.name(node.id.path[0], node.name)} IS {scene.q.literal(node.text('comment') or None)}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (_comment(after, scene),))


def hide(before: Node, after: Node, scene: Scene) -> Strategy:
    word = after.text("hidden") or f"NOT {before.text('hidden')}"
    return Strategy("hide", (f"ALTER TABLE {scene.table(after)} ALTER INDEX {scene.name(after.name)} {word.replace('NOT INVISIBLE', 'VISIBLE')}",))


def says_no_more(node: Node) -> bool:
    """The server's definition is just these columns."""
    keys = ", ".join(one.text("column") + (" DESC" if one.get("descending") else "") for one in node.records("columns"))
    said = node.text("definition").replace('"', "").partition(" WHERE ")[0]
    return said == f"USING {node.text('method') or 'btree'} ({keys})"


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", noted(schema))

    def index(name: str = "by_noted", **attributes: Value) -> Node:
        return of_table("index", schema, "rehearsed", name, {"unique": False, "columns": (Record(column="noted"),), **attributes}, ("noted",))
    here = index()
    owner, id, *_ = whole
    by_id = index(columns=(Record(column="id"),))
    said, otherwise = (index(definition=f"USING btree (noted){words}") for words in ("", " WITH (fillfactor='70')"))
    lower = index("by_lower", columns=(Record(expression="lower(noted)"),), statistics=())
    counting = id.with_(identity="default")
    pointing = (*table(schema, "parent"), *whole, column(schema, "pointing", type="integer"))
    linked = link(schema, columns=("pointing",))
    implied, wanted = (index(name, columns=(Record(column="pointing"),)) for name in (linked.name, "by_pointing"))
    return (Sample("add", (*pointing, linked), (*pointing, implied, wanted, linked), wanted.id),
            Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("add", (owner, id), (owner, counting, by_id), here.id), Sample("drop", (owner, counting, by_id), (owner, id), here.id),
            Sample("rename", (*whole, here), (*whole, index("renamed")), index("renamed").id),
            Sample("change.comment", (*whole, here), (*whole, index(comment="said")), here.id),
            Sample("change.columns", (*whole, here), (*whole, index(columns=(Record(column="noted"), Record(column="id")))), here.id),
            Sample("change.where", (*whole, here), (*whole, index(where="id > 0")), here.id),
            Sample("change.definition", (*whole, said), (*whole, otherwise), here.id),
            Sample("change.unique", (*whole, here), (*whole, index(unique=True)), here.id),
            Sample("change.sort", (*whole, here), (*whole, index(sort="FULLTEXT")), here.id),
            Sample("change.parser", (*whole, index(sort="FULLTEXT")), (*whole, index(sort="FULLTEXT", parser="`ngram`")), here.id),
            Sample("change.method", (*whole, here), (*whole, index(method="BTREE")), here.id),
            Sample("change.options", (*whole, here), (*whole, index(options="KEY_BLOCK_SIZE=4")), here.id),
            Sample("change.hidden", (*whole, index(hidden="")), (*whole, index(hidden="INVISIBLE")), here.id),
            Sample("change.hidden", (*whole, index(hidden="")), (*whole, index(hidden="IGNORED")), here.id),
            Sample("change.statistics", (*whole, lower), (*whole, lower.with_(statistics=("1=200",))), lower.id),
            *marks.stories((*whole, by_id.with_(unique=True)), by_id))


KIND = Kind(
    name="index",
    doc="A sorted copy of some columns that the server keeps in step.",
    attributes=(
        Attribute("columns", "keys", "in key order; each a name, or `{column, descending}` or `{expression}`"),
        Attribute("unique", "flag", "refuse a second row with the same key", otherwise=False),
        Attribute("where", "expression", "only rows that meet this are in it", otherwise="", spelled=True),
        Attribute("method", "text", "how it is built, `btree` and the like", otherwise="", spelled=True),
        Attribute("sort", "text", "an index of a special sort, `FULLTEXT` and the like", otherwise=""),
        Attribute("parser", "text", "the parser of a full text index", otherwise=""),
        Attribute("options", "text", "further options, as the server prints them", otherwise="", spelled=True),
        Attribute("hidden", "text", "kept in step and not used by queries", otherwise=""),
        Attribute("valid", "flag", "its build came to its end", otherwise=True, yaml=False),
        Attribute("definition", "text", "all after the table's name, in the server's own words", spelled=True),
        Attribute("comment", "text", "what people should know about it", otherwise=""), marks.SAMPLED, *marks.MARKS,
    ),
    reads=(Read("pg_index", PG, read_pg, of=(1, 2)), Read("stored_text", STORED_TEXT, read_stored, of=(1,)), by_table(read_shown)),
    add=(add_with_counting, create_beside_link, create, create_beside_writers, create_online),
    drop=(drop_with_counting, drop_by_name, drop_beside_writers, drop_from_table, drop_in_table),
    rename=(rename, rename_in_table),
    change={"comment": (set_comment, replace_in_table), "hidden": (hide, replace_in_table), "statistics": (marks.sample_keys,)}
        | marks.CHANGE | dict.fromkeys(("sort", "parser", "options"), (replace_in_table,))
        | dict.fromkeys(("columns", "unique", "method", "where"), (replace_in_table, replace_at_once, replace_beside_writers))
        | {"definition": (set_storage, replace_in_table, replace_at_once, replace_beside_writers)},
    samples=samples,
    binds=lambda node: node.flag("unique"),
    rank=40,
    section="indexes",
    parent="table",
    also=("materialized_view",),
    shorthand="columns",
    is_plain=says_no_more,
)
