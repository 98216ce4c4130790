"""Column: one field of a table, with its type, default and rules.

A type, a default or a formula is kept in the server's own spelling. Where a server can only restate a column as a whole
(MODIFY), everything that the column has is said again, or it would be gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import PG_CLASS, USER_SCHEMA, address, not_member, of_table, table_id
from kernel.kinds._constraints import key_columns, key_options
from kernel.kinds._rehearsal import column, link, noted, table, unnamed_key, view
from kernel.kinds._shown_text import ShownTable, by_table, names_in
from kernel.kinds._spec import Attribute, Kind, Move, Read, Sample, Scene
from kernel.kinds._stored_text import read_table

PG = f"""
    SELECT c.oid, n.nspname, c.relname, a.attname, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
           CASE WHEN a.atthasdef THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) END, a.attgenerated, a.attidentity,
           CASE WHEN a.attcollation <> t.typcollation THEN
                (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname) FROM pg_catalog.pg_collation AS l
                   JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace WHERE l.oid = a.attcollation) END,
           s.description
      FROM pg_catalog.pg_attribute AS a
      JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
 LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 LEFT JOIN pg_catalog.pg_description AS s
           ON s.objoid = c.oid AND s.objsubid = a.attnum AND s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
     WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal AND NOT c.relispartition
       AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
  ORDER BY c.oid, a.attnum"""

STORED_TEXT = r"""
    SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
       AND name NOT LIKE '\_sqlx\_%' ESCAPE '\' ORDER BY name"""

ROW_TIMES = ("ROW START", "ROW END")
"""The formulas of the columns that say since when and until when a row was as it is."""

IDENTITY = {"a": "always", "d": "default", "": ""}


def read_pg(oid: int, schema: str, table: str, name: str, number: int, type: str, required: bool, expression: str | None,
            generated: str, identity: str, collation: str | None, comment: str | None) -> Iterable[Node]:
    attributes: dict[str, Value] = {
        "type": type, "nullable": not required, "default": None if generated else expression,
        "generated": expression if generated else None, "stored": generated == "s", "identity": IDENTITY[identity],
        "collation": collation, "comment": comment or ""}
    yield of_table("column", schema, table, name, attributes, address=address(PG_CLASS, oid, number))


def read_stored(table: str, sql: str) -> Iterable[Node]:
    stored = read_table(sql)
    counting = {one.columns[0][0] for one in stored.constraints if one.autoincrement}
    for stated in stored.columns:
        attributes: dict[str, Value] = {
            "type": stated.type, "nullable": stated.nullable, "default": stated.default, "generated": stated.generated or None,
            "stored": stated.stored, "identity": "always" if stated.name in counting else "",
            "collation": stated.collation or None, "not_null_conflict": stated.not_null_conflict}
        yield of_table("column", "", table, stated.name, attributes, mentions=stated.generated)


def read_shown(table: str, shown: ShownTable) -> Iterable[Node]:
    for name, stated in shown.columns.items():
        formulas = " ".join(str(stated[one] or "") for one in ("generated", "default", "check"))
        columns = [one for one in names_in(formulas) if one in shown.columns and one != name]
        yield of_table("column", "", table, name, stated, columns, explicit_null=name in shown.explicit_null, mentions=stated["default"])


def clause(node: Node, scene: Scene, *, nullable: bool | None = None) -> str:
    """The column as it stands in CREATE TABLE and ADD COLUMN."""
    q = scene.q
    words = [q.name(node.name), node.text("type")]
    if node.text("charset"):
        words.append(f"CHARACTER SET {node.text('charset')}")
    if node.text("collation"):
        words.append(f"COLLATE {node.text('collation')}")
    if node.text("generated") in ROW_TIMES:
        words.append(f"GENERATED ALWAYS AS {node.text('generated')}")
    elif node.text("generated"):
        words.append(f"GENERATED ALWAYS AS ({node.text('generated')}) {'STORED' if node.flag('stored') else 'VIRTUAL'}")
    may_be_null = node.get("nullable", True) if nullable is None else nullable
    if not may_be_null:
        words.append("NOT NULL" + (f" ON CONFLICT {node.text('not_null_conflict')}" if node.text("not_null_conflict") else ""))
    elif node.hints.get("explicit_null"):
        words.append("NULL")
    if node.text("clauses"):
        words.append(node.text("clauses"))
    if node.flag("invisible"):
        words.append("INVISIBLE")
    if node.get("default") is not None:
        words.append(f"DEFAULT {node.text('default')}")
    if node.text("on_update"):
        words.append(f"ON UPDATE {node.text('on_update')}")
    if node.text("identity"):
        words.append(q.identity(node.text("identity")))
    if node.text("comment") and q.comment(node.text("comment")):
        words.append(q.comment(node.text("comment")))
    if node.text("check"):
        words.append(f"CHECK ({node.text('check')})")
    return " ".join(word for word in words if word)


def comment_statement(node: Node, scene: Scene) -> str:
    return f"COMMENT ON COLUMN {scene.name(*node.id.path)} IS {scene.q.literal(node.text('comment') or None)}"


def comments_apart(nodes: Iterable[Node], scene: Scene) -> tuple[str, ...]:
    """The statements for comments that have no place in the column's own clause."""
    return tuple(comment_statement(node, scene) for node in nodes if node.text("comment") and not scene.q.comment("x"))


def defaults_taken(nodes: Iterable[Node], scene: Scene) -> tuple[str, ...]:
    """The statements for columns that may hold null and yet have no default: no clause says so."""
    return tuple(f"ALTER TABLE {scene.table(node)} ALTER COLUMN {scene.name(node.name)} DROP DEFAULT" for node in nodes if node.flag("no_default"))


def add(node: Node, scene: Scene) -> Strategy | None:
    if node.text("identity") and scene.q.identity_needs_key:
        return None
    text = f"ALTER TABLE {scene.table(node)} ADD COLUMN {clause(node, scene)}{_place(node, scene)}"
    return Strategy("add", (text, *comments_apart((node,), scene), *defaults_taken((node,), scene)))


def add_with_key(node: Node, scene: Scene) -> Strategy | None:
    """A column that counts by itself and the key that it must be, in one statement."""
    if not (node.text("identity") and scene.q.identity_needs_key):
        return None
    there = {one.name for one in scene.before.children(node.parent, "column")} | {node.name}
    for kind in ("primary_key", "index"):
        for key in scene.goal.children(node.parent, kind):
            names = [part.text("column") for part in key.records("columns")]
            if names[0] == node.name and there.issuperset(names) and key.id not in scene.before:
                text = f"ALTER TABLE {scene.table(node)} ADD COLUMN {clause(node, scene)}{_place(node, scene)}, ADD {_key_clause(key, scene)}"
                return Strategy("add_with_key", (text,), covers=frozenset({key.id}))
    return None


def _key_clause(key: Node, scene: Scene) -> str:
    words = "PRIMARY KEY" if key.id.kind == "primary_key" else f"{'UNIQUE ' if key.flag('unique') else ''}KEY {scene.name(key.name)}"
    return f"{words} ({key_columns(key, scene)}){key_options(key, scene)}"


def counting(key: Node, catalog: Catalog, scene: Scene) -> Node | None:
    """The column that counts by itself and has this key alone to thank for it, where the server wants one for that."""
    if not scene.q.identity_needs_key or key.parent is None:
        return None
    first = key.records("columns")[0].text("column")
    others = [one for kind in ("primary_key", "index") for one in catalog.children(key.parent, kind) if one.id != key.id]
    node = catalog.get(NodeId("column", (*key.parent.path, first)))
    kept = any(one.records("columns")[0].text("column") == first for one in others)
    return node if node is not None and node.text("identity") and not kept else None


def drop_key_of_counting(node: Node, scene: Scene, action: str) -> Strategy | None:
    """A key goes together with the column that counts by it, or with its counting; or the column's next key takes its place."""
    held = counting(node, scene.before, scene)
    if held is None:
        return None
    later = scene.goal.get(held.id)
    if later is not None and later.text("identity"):
        other = next((one for kind in ("primary_key", "index") for one in scene.goal.children(node.parent, kind)
                      if one.records("columns")[0].text("column") == held.name and one.id != node.id), None)
        if other is None:
            return None
        return Strategy("drop_with_counting", (f"ALTER TABLE {scene.table(node)} {action}, ADD {_key_clause(other, scene)}",),
                        covers=frozenset({other.id}))
    rest = f"DROP COLUMN {scene.name(held.name)}" if later is None else f"MODIFY COLUMN {clause(later, scene)}"
    return Strategy("drop_with_counting", (f"ALTER TABLE {scene.table(node)} {action}, {rest}",), covers=frozenset({held.id}))


def add_key_of_counting(node: Node, scene: Scene, action: str) -> Strategy | None:
    """A key comes together with the counting of a column that is there."""
    wanted = counting(node, scene.goal, scene)
    there = scene.before.get(wanted.id) if wanted else None
    if wanted is None or there is None or there.text("identity"):
        return None
    text = f"ALTER TABLE {scene.table(node)} ADD {action}, MODIFY COLUMN {clause(wanted, scene)}"
    return Strategy("add_with_counting", (text,), covers=frozenset({wanted.id}))


def _place(node: Node, scene: Scene) -> str:
    """AFTER or FIRST, where the server keeps an order that people can choose and the column is not to be the last."""
    owner = scene.goal.get(table_id(*node.id.path[:2]))
    order = owner.names("order") if owner else ()
    if node.name not in order or order[-1] == node.name:
        return ""
    there = scene.before.get(table_id(*node.id.path[:2]))
    before = [name for name in order[:order.index(node.name)] if not there or name in there.names("order")]
    return f" AFTER {scene.name(before[-1])}" if before else " FIRST"


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"ALTER TABLE {scene.table(node)} DROP COLUMN {scene.name(node.name)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    text = f"ALTER TABLE {scene.table(before)} RENAME COLUMN {scene.name(before.name)} TO {scene.name(after.name)}"
    return Strategy("rename", (text,))


def _alter(name: str, action: str, *attributes: str) -> Move:
    """ALTER COLUMN with one action, for the attributes that it makes true."""
    def move(before: Node, after: Node, scene: Scene) -> Strategy | None:
        said = action.format(type=after.text("type"), default=after.text("default"), expression=after.text("generated"))
        return Strategy(name, (f"ALTER TABLE {scene.table(after)} ALTER COLUMN {scene.name(after.name)} {said}",), attributes=attributes)
    move.__name__ = name
    return move


def set_type(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A new type, with the values cast to it; a default is taken off and put back, for it need not have a cast."""
    here = f"ALTER TABLE {scene.table(after)} ALTER COLUMN {scene.name(after.name)}"
    collate = f" COLLATE {after.text('collation')}" if after.text("collation") else ""
    cast = f" USING {scene.name(after.name)}::{after.text('type')}"
    text = f"{here} TYPE {after.text('type')}{collate}"
    generated = after.text("generated")
    off = (f"{here} DROP DEFAULT",) if before.get("default") is not None and not generated else ()
    on = (f"{here} SET DEFAULT {after.text('default')}",) if after.get("default") is not None and not generated else ()
    return Strategy("set_type", (*off, text if generated else text + cast, *on), attributes=("type", "collation", "default"),
                    loses=_narrowing(before, after))


def modify(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The whole column said again."""
    if bool(before.text("generated")) != bool(after.text("generated")) or before.flag("stored") != after.flag("stored"):
        return None
    return _modify("modify", before, after, scene)


def _modify(verb: str, before: Node, after: Node, scene: Scene) -> Strategy:
    attributes = tuple({*before.attributes, *after.attributes})
    text = f"ALTER TABLE {scene.table(after)} MODIFY COLUMN {clause(after, scene)}"
    return Strategy(verb, (text, *defaults_taken((after,), scene)), attributes=attributes, loses=_narrowing(before, after))


def modify_into_formula(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """What rows hold is computed from now on, and kept in the row."""
    if before.text("generated") or not after.flag("stored"):
        return None
    return replace(_modify("modify_into_formula", before, after, scene), loses=f"the values of {before.id.label} that its formula does not give")


def modify_out_of_formula(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """What was computed and kept stays as it is."""
    if after.text("generated") or not before.flag("stored"):
        return None
    return _modify("modify_out_of_formula", before, after, scene)


def put_formula(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A column that is computed when it is read, in the place of one with values."""
    if before.text("generated") or not after.text("generated") or after.flag("stored") or scene.before.dependants(before.id):
        return None
    name = scene.name(after.name)
    text = f"ALTER TABLE {scene.table(after)} DROP COLUMN {name}, ADD COLUMN {clause(after, scene)}{_same_place(after, scene)}"
    return Strategy("put_formula", (text,), attributes=tuple({*before.attributes, *after.attributes}), loses=f"the values of {before.id.label}")


def put_values(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A column with the values that the formula gives now, in the place of the formula."""
    if not before.text("generated") or after.text("generated") or before.flag("stored") or scene.before.dependants(before.id):
        return None
    table, name, aside = scene.table(after), scene.name(after.name), "_sqlx_values"
    easy = after.with_(nullable=True, identity="")
    made = clause(replace(easy, id=easy.id.renamed(aside)), scene)
    put = clause(after, scene)
    return Strategy("put_values", (
        f"ALTER TABLE {table} ADD COLUMN {made}{_same_place(after, scene)}",
        f"UPDATE {table} SET {scene.name(aside)} = {name}",
        f"ALTER TABLE {table} DROP COLUMN {name}, CHANGE COLUMN {scene.name(aside)} {put}",
    ), attributes=tuple({*before.attributes, *after.attributes}))


def _same_place(node: Node, scene: Scene) -> str:
    """The words that put a column where it stood."""
    owner = scene.before.get(table_id(*node.id.path[:2]))
    order = owner.names("order") if owner else ()
    at = order.index(node.name) if node.name in order else -1
    return "" if at < 0 else f" AFTER {scene.name(order[at - 1])}" if at else " FIRST"


def set_default(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if after.get("default") is None:
        return None
    return _alter("set_default", "SET DEFAULT {default}")(before, after, scene)


def drop_default(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if after.get("default") is not None:
        return None
    return _alter("drop_default", "DROP DEFAULT")(before, after, scene)


def set_not_null(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if after.get("nullable", True):
        return None
    check = f"SELECT count(*) FROM {scene.table(after)} WHERE {scene.name(after.name)} IS NULL"
    text = f"ALTER TABLE {scene.table(after)} ALTER COLUMN {scene.name(after.name)} SET NOT NULL"
    return Strategy("set_not_null", (text,), checks=(check,))


def set_not_null_by_check(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The rows are read under a weak lock first; the strong lock then needs no reading."""
    if after.get("nullable", True):
        return None
    table, column, name = scene.table(after), scene.name(after.name), scene.name("_sqlx_not_null")
    return Strategy("set_not_null_by_check", (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID",
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}",
        f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    ), checks=(f"SELECT count(*) FROM {table} WHERE {column} IS NULL",), apart=True)


def drop_not_null(before: Node, after: Node, scene: Scene) -> Strategy | None:
    return _alter("drop_not_null", "DROP NOT NULL")(before, after, scene) if after.get("nullable", True) else None


def take_default(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Rows must say a value, although null is one."""
    return _alter("take_default", "DROP DEFAULT", "no_default", "default")(before, after, scene) if after.flag("no_default") else None


def set_identity(before: Node, after: Node, scene: Scene) -> Strategy | None:
    here = f"ALTER TABLE {scene.table(after)} ALTER COLUMN {scene.name(after.name)}"
    mode = "ALWAYS" if after.text("identity") == "always" else "BY DEFAULT"
    if not after.text("identity"):
        return Strategy("set_identity", (f"{here} DROP IDENTITY",))
    if before.text("identity"):
        return Strategy("set_identity", (f"{here} SET GENERATED {mode}",))
    off = (f"{here} DROP DEFAULT",) if before.get("default") is not None else ()
    return Strategy("set_identity", (*off, f"{here} ADD GENERATED {mode} AS IDENTITY"), attributes=("identity", "default"))


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (comment_statement(after, scene),))


def set_expression(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if not (before.text("generated") and after.text("generated")) or before.get("stored") != after.get("stored"):
        return None
    return _alter("set_expression", "SET EXPRESSION AS ({expression})")(before, after, scene)


def drop_expression(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if after.text("generated") or not before.flag("stored"):
        return None
    return _alter("drop_expression", "DROP EXPRESSION", "generated", "stored")(before, after, scene)


def without_default(node: Node, gone: frozenset[NodeId]) -> Node | None:
    """A column can do without its default while what that needs is made again; not without its type."""
    type = node.text("type").removesuffix("[]").replace('"', "")
    held = any(type == ".".join(id.path) for id in gone)
    return None if held or node.get("default") is None or node.text("generated") else node.with_(default=None)


def save(node: Node, aside: Node, scene: Scene) -> Strategy | None:
    """The values with the key of their rows, in a table of our own."""
    key = key_of(table_id(*node.id.path[:2]), scene.before)
    if not key or node.text("generated"):
        return None
    parts = [scene.before[NodeId("column", (*node.id.path[:2], one))] for one in key if one != node.name]
    columns = ", ".join(kept(one, scene) for one in (*parts, node))
    return Strategy("save", (f"CREATE TABLE {scene.name(*aside.id.path)} AS SELECT {columns} FROM {scene.table(node)}",))


def bring_back(node: Node, aside: Node, scene: Scene) -> Strategy | None:
    key = key_of(table_id(*node.id.path[:2]), scene.before)
    if not key or node.text("generated") or node.name in key:
        return None
    table = scene.table(node)
    parts = [scene.before[NodeId("column", (*node.id.path[:2], one))] for one in key]
    same = " AND ".join(f"{brought(one, scene, '_sqlx_kept.')} = {table}.{scene.name(one.name)}" for one in parts)
    source = f"FROM {scene.name(*aside.id.path)} AS _sqlx_kept WHERE {same}"
    text = f"UPDATE {table} SET {scene.name(node.name)} = (SELECT {brought(node, scene, '_sqlx_kept.')} {source}) WHERE EXISTS (SELECT 1 {source})"
    return Strategy("bring_back", (text,))


MADE_TYPES = frozenset({"enum", "domain", "composite_type", "range_type", "base_type", "extension"})


def of_made_type(node: Node) -> bool:
    """Its type is one that people made: it may be dropped while values are kept aside."""
    return any(id.kind in MADE_TYPES for id in node.depends_on)


def kept(node: Node, scene: Scene) -> str:
    """The column among those that are kept aside."""
    name = scene.name(node.name)
    return f"{name}::text AS {name}" if of_made_type(node) else name


def brought(node: Node, scene: Scene, source: str = "") -> str:
    """Its value, back from aside."""
    return f"{source}{scene.name(node.name)}" + (f"::{node.text('type')}" if of_made_type(node) else "")


def key_of(table: NodeId, catalog: Catalog) -> tuple[str, ...]:
    """The columns that tell a table's rows apart: the primary key, else a unique key that holds no nulls."""
    for kind in ("primary_key", "unique"):
        for key in catalog.children(table, kind):
            names = tuple(one.text("column") for one in key.records("columns"))
            columns = [catalog.get(NodeId("column", (*table.path, name))) for name in names]
            if names and all(names) and all(one is not None and (kind == "primary_key" or not one.get("nullable", True)) for one in columns):
                return names
    return ()


_LADDERS = (("smallint", "integer", "bigint"), ("tinyint", "smallint", "mediumint", "int", "bigint"), ("real", "double precision"),
            ("float", "double"), ("tinytext", "text", "mediumtext", "longtext"), ("tinyblob", "blob", "mediumblob", "longblob"))


def _narrowing(before: Node, after: Node) -> str:
    """In words, what may not fit; "" where every value of the old type is one of the new."""
    old, new = before.text("type"), after.text("type")
    if old == new or _widens(old.lower(), new.lower()):
        return ""
    return f"values of {before.id.label} that do not fit {new} (it was {old})"


def _widens(old: str, new: str) -> bool:
    def parts(text: str) -> tuple[str, list[int], str]:
        head, _, rest = text.partition("(")
        numbers, _, tail = rest.partition(")")
        return head.strip(), [int(one) for one in numbers.split(",") if one.strip().isdigit()], tail.strip()
    (a, m, s), (b, n, t) = parts(old), parts(new)
    if a == b and s == t:
        if not n or not m:
            return not n
        same_scale = m[1:] == n[1:]
        return same_scale and m[0] <= n[0]
    if s != t and (a, s) != (a, ""):
        return False
    if b in ("text", "longtext", "character varying", "varchar") and not n:
        return a not in ("bytea", "blob")
    return any(a in ladder and b in ladder and ladder.index(a) <= ladder.index(b) for ladder in _LADDERS)


def samples(schema: str) -> tuple[Sample, ...]:
    plain = noted(schema)
    whole = table(schema)
    beside = view(schema, "beside", f"SELECT noted FROM {'.'.join(part for part in (schema, 'rehearsed') if part)}", whole[0].id, plain.id)

    def story(slot: str, before: Node, after: Node, *also: Node) -> Sample:
        return Sample(slot, (*whole, before, *also), (*whole, after, *also), after.id, also[0].id.kind if also else "")
    counted = column(schema, "counted", type="bigint", nullable=False)
    made = column(schema, "made", type="integer", generated="id + 1", stored=True)
    plain_number = column(schema, "made", type="integer")
    seen = column(schema, "seen", type="datetime")
    owner, id, key = whole
    parent, alike = table(schema, "parent"), unnamed_key(schema)
    return (
        Sample("add", whole, (*whole, plain), plain.id),
        Sample("drop", (*whole, plain), whole, plain.id),
        Sample("rename", (*whole, plain), (*whole, column(schema, "said", type="varchar(20)")), NodeId("column", (schema, "rehearsed", "said"))),
        story("change.type", plain, plain.with_(type="varchar(40)")),
        story("change.type", plain, plain.with_(type="varchar(40)"), beside),
        story("change.nullable", plain, plain.with_(nullable=False)),
        story("change.nullable", plain.with_(nullable=False), plain),
        story("change.default", plain, plain.with_(default="'x'")),
        story("change.default", plain.with_(default="'x'"), plain),
        story("change.comment", plain, plain.with_(comment="said")),
        story("change.collation", plain, plain.with_(collation='"C"')),
        story("change.collation", plain, plain.with_(collation="utf8mb4_bin", charset="utf8mb4")),
        story("change.charset", plain, plain.with_(charset="latin1", collation="latin1_german1_ci")),
        story("change.on_update", seen, seen.with_(on_update="CURRENT_TIMESTAMP")),
        story("change.invisible", plain, plain.with_(invisible=True)),
        story("change.check", plain, plain.with_(check="noted <> ''")),
        story("change.clauses", plain, plain.with_(clauses="COLUMN_FORMAT FIXED")),
        story("change.no_default", plain, plain.with_(no_default=True)),
        story("change.no_default", plain.with_(no_default=True), plain),
        Sample("change.identity", whole, (owner, id.with_(identity="default"), key), id.id),
        Sample("change.identity", (owner, id.with_(identity="default"), key), whole, id.id),
        Sample("add", (owner, counted), (owner, counted, id.with_(identity="default"), alike), id.id),
        Sample("change.type", (*parent, *whole, link(schema)), (*parent, owner, id.with_(type="bigint"), key, link(schema)), id.id, "foreign_key"),
        story("change.identity", counted, counted.with_(identity="always")),
        story("change.generated", made, made.with_(generated="id + 2")),
        story("change.generated", made, made.with_(generated=None, stored=False)),
        story("change.generated", plain_number, made),
        story("change.generated", plain_number, plain_number.with_(generated="id + 1")),
        story("change.generated", plain_number.with_(generated="id + 1"), plain_number),
    )


KIND = Kind(
    name="column",
    doc="One field of a table.",
    attributes=(
        Attribute("type", "type", "a neutral type (`bigint`, `string(320)`, `timestamp(tz)`, ...) or `native(...)`", spelled=True),
        Attribute("nullable", "flag", "may hold null", otherwise=True),
        Attribute("default", "default", "the value of rows that do not say one: a SQL expression", spelled=True),
        Attribute("generated", "expression", "the formula that the server computes it by", spelled=True),
        Attribute("stored", "flag", "the formula's result is kept in the row, not computed when read", otherwise=False),
        Attribute("identity", "text", "`always` or `default`: the server counts it", otherwise="", spelled=True),
        Attribute("collation", "collation", "how its text is sorted and compared", spelled=True),
        Attribute("charset", "text", "the character set, where a server has one per column", spelled=True),
        Attribute("on_update", "expression", "the value that it gets whenever the row changes", otherwise="", spelled=True),
        Attribute("invisible", "flag", "left out of SELECT *", otherwise=False),
        Attribute("check", "expression", "a condition that belongs to the column itself", otherwise="", spelled=True),
        Attribute("clauses", "text", "further clauses, as the server prints them", otherwise="", spelled=True),
        Attribute("no_default", "flag", "rows must say a value, although it may be null", otherwise=False, yaml=False),
        Attribute("comment", "text", "what people should know about it", otherwise=""),
        Attribute("not_null_conflict", "text", "what a null does (ON CONFLICT)", otherwise="", yaml=False),
    ),
    reads=(Read("pg_attribute", PG, read_pg), Read("stored_text", STORED_TEXT, read_stored), by_table(read_shown)),
    add=(add, add_with_key),
    drop=(drop,),
    rename=(rename,),
    change={
        "type": (set_type, modify),
        "nullable": (set_not_null, set_not_null_by_check, drop_not_null, modify),
        "default": (set_default, drop_default, modify),
        "identity": (set_identity, modify),
        "generated": (set_expression, drop_expression, modify, modify_into_formula, modify_out_of_formula, put_formula, put_values),
        "collation": (set_type, modify),
        "comment": (set_comment, modify),
        "charset": (modify,),
        "on_update": (modify,),
        "invisible": (modify,),
        "stored": (modify,),
        "check": (modify,),
        "clauses": (modify,),
        "no_default": (take_default, modify),
    },
    keep=(save,),
    restore=(bring_back,),
    samples=samples,
    rank=20,
    section="columns",
    parent="table",
    shorthand="type",
    holds_rows=True,
    ease=without_default,
)
