"""A copy of a table that takes its place, where the whole database is a file that one at a time may write to.

Nobody writes while a piece is copied, so that no lock is needed; but each piece keeps all others waiting, and so would a large table that is
dropped: it is emptied piece by piece before. Indexes cannot be given another name by a statement: theirs are put into the schema.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import PIECE, TOGETHER, PassedOver, Pieces, Strategy
from kernel.kinds import _keeping as keeping
from kernel.kinds import index
from kernel.kinds._beside_writers import aside, in_turn, keys
from kernel.kinds._rebuilt import again, stricter
from kernel.kinds._shadow import NAME, carried, once, parts, same_row
from kernel.kinds._spec import Scene
from kernel.kinds._table_text import text_of

WHOLE = "1 = 1"
"""All rows, to which the condition of a piece is added."""


def copy_beside_writers(before: Node, after: Node, scene: Scene) -> Strategy | PassedOver | None:
    """Like a rebuild, in pieces and a moment: the names of the tables and of their indexes are swapped in one transaction."""
    if before.get("without_rowid") is None or after.get("without_rowid") is None:
        return None
    key, columns = _key(before, after, scene), carried(before, after, scene)
    if why := _closed(before, after, key, scene):
        return PassedOver(NAME, why)
    numbered = key == (keeping.ROW_NUMBER,) and keeping.has_hidden_numbers(after.id, scene.after)
    if numbered:
        columns = [(keeping.ROW_NUMBER, keeping.ROW_NUMBER), *columns]
    new, old, table = (scene.name(one) for one in (aside(before.id), aside(before.id, "old"), before.name))
    indexes = scene.after.children(after.id, "index")
    statements = [once(text_of(after, scene, new)), *(_index(one, aside(one.id), new, scene) for one in indexes),
                  *_mirrors(before, after, key, columns, scene)]
    copy, clear = len(statements), len(statements) + 2
    missing = f"NOT EXISTS (SELECT 1 FROM {new} AS _sqlx_new WHERE {same_row(key, '_sqlx_new', table, scene)})"
    statements += [
        f"INSERT INTO {new} ({_listed(columns, 0)}) SELECT {_listed(columns, 1)} FROM {table} WHERE {missing} {PIECE}",
        TOGETHER.join(_swap(before, after, scene)), f"DELETE FROM {old} WHERE {WHOLE} {PIECE}", f"DROP TABLE {old}"]
    sweep = (*_off(before, scene), f"DELETE FROM {new} WHERE {WHOLE} {PIECE}", f"DROP TABLE IF EXISTS {new}",
             f"DELETE FROM {old} WHERE {WHOLE} {PIECE}", f"DROP TABLE IF EXISTS {old}")
    first = len(statements) + 3
    taken = tuple(Pieces(at, name, tuple(scene.name(one) for one in key), ends=True) for at, name in (
        (copy, table), (clear, old), (first, new), (first + 2, old)))
    return Strategy(
        NAME, tuple(statements), settings=("PRAGMA foreign_keys = OFF", "PRAGMA legacy_alter_table = ON"),
        resets=("PRAGMA legacy_alter_table = OFF", "PRAGMA foreign_keys = ON"), covers=parts(before, after, scene),
        checks=tuple(stricter(before, after, scene)), apart=True, pieces=taken, sweep=sweep, whole=after.id)


def _key(before: Node, after: Node, scene: Scene) -> tuple[str, ...]:
    """The number that a row has, where it stays: else a key of both tables."""
    owns = [_own_number(before.id, scene.before), _own_number(after.id, scene.after)]
    if all(keeping.is_numbered(id, side) for id, side in ((before.id, scene.before), (after.id, scene.after))) and owns[1] in ("", owns[0]):
        return (keeping.ROW_NUMBER,)
    there = set(keys(after.id, scene.after))
    same = [one for one in keys(before.id, scene.before) if one in there and in_turn(0, before.id, one, scene) and _never_null(before, one, scene)]
    return same[0] if same else ()


def _own_number(table: NodeId, catalog: Catalog) -> str:
    """The column that is the number of its row; "" for none."""
    for key in catalog.children(table, "primary_key"):
        names = [one.text("column") for one in key.records("columns")]
        if len(names) == 1 and catalog[NodeId("column", (*table.path, names[0]))].text("type").lower() == "integer":
            return names[0]
    return ""


def _never_null(table: Node, key: tuple[str, ...], scene: Scene) -> bool:
    """Keys of this server may hold nulls unless they say otherwise."""
    return table.flag("without_rowid") or all(not scene.before[NodeId("column", (*table.id.path, one))].get("nullable", True) for one in key)


def _uniques(table: Node, catalog: Catalog) -> dict[tuple[object, ...], Node]:
    """What no two rows may have alike, by what that is."""
    found: dict[tuple[object, ...], Node] = {}
    for kind in ("primary_key", "unique", "index"):
        for one in catalog.children(table.id, kind):
            if kind != "index" or one.flag("unique"):
                found[(one.get("columns"), one.text("where"))] = one
    return found


def _closed(before: Node, after: Node, key: tuple[str, ...], scene: Scene) -> str:
    if not key:
        return "no key of it stays as it is, by which its rows could be found in a copy"
    had, has = _uniques(before, scene.before), _uniques(after, scene.after)
    for said, one in had.items():
        if said not in has:
            return f"rows that an INSERT OR REPLACE takes away by {one.name}, which goes, are nowhere told of"
    for said, one in has.items():
        if said not in had and (one.text("where") or not all(part.text("column") for part in one.records("columns"))):
            return f"an INSERT OR REPLACE could take rows away by {one.name}, which comes, and no trigger would see it"
    return ""


def _listed(columns: list[tuple[str, str]], at: int) -> str:
    return ", ".join(one[at] for one in columns)


def _index(node: Node, name: str, table: str, scene: Scene) -> str:
    return f"CREATE {'UNIQUE ' if node.flag('unique') else ''}INDEX IF NOT EXISTS {scene.name(name)} ON {table} {index.tail(node, scene)}"


def _off(table: Node, scene: Scene) -> tuple[str, ...]:
    return tuple(f"DROP TRIGGER IF EXISTS {scene.name(aside(table.id, what))}" for what in ("gone", "changed", "come"))


def _mirrors(before: Node, after: Node, key: tuple[str, ...], columns: list[tuple[str, str]], scene: Scene) -> Iterable[str]:
    """What people say of conflicts holds for what their triggers do as well: what a REPLACE takes away in one table it does in the other.
    Where that would be rows of the new table alone, or where a row would be left out of that alone, it is refused."""
    new, table = scene.name(aside(before.id)), scene.name(before.name)
    one_of = same_row(key, new, "NEW", scene)
    there = same_row(key, table, "NEW", scene)
    refused = "SELECT RAISE(ABORT, 'this row does not fit the table as it is going to be') WHERE"
    had = _uniques(before, scene.before)
    clashes = "".join(f"{refused} EXISTS (SELECT 1 FROM {new} WHERE "
                      + " AND ".join(f"{scene.name(name)} = NEW.{scene.name(name)}" for name in names) + "); "
                      for said, unique in _uniques(after, scene.after).items() if said not in had
                      and (names := [one.text("column") for one in unique.records("columns")]) and _all_there(before, names, scene))
    put = (f"DELETE FROM {new} WHERE {one_of}; {clashes}INSERT INTO {new} ({_listed(columns, 0)}) SELECT {_listed(columns, 1)} FROM {table}"
           f" WHERE {there}; {refused} EXISTS (SELECT 1 FROM {table} WHERE {there}) AND NOT EXISTS (SELECT 1 FROM {new} WHERE {one_of});")
    gone = f"DELETE FROM {new} WHERE {same_row(key, new, 'OLD', scene)};"
    for what, event, body in (("gone", "DELETE", gone), ("changed", "UPDATE", f"{gone} {put}"), ("come", "INSERT", put)):
        yield f"CREATE TRIGGER IF NOT EXISTS {scene.name(aside(before.id, what))} AFTER {event} ON {table} BEGIN {body} END"


def _all_there(table: Node, names: Iterable[str], scene: Scene) -> bool:
    return all(NodeId("column", (*table.id.path, one)) in scene.before for one in names)


def _swap(before: Node, after: Node, scene: Scene) -> Iterable[str]:
    new, old, table = (scene.name(one) for one in (aside(before.id), aside(before.id, "old"), before.name))
    yield from _off(before, scene)
    yield from (f"DROP TRIGGER {scene.name(one.name)}" for one in scene.before.children(before.id, "trigger"))
    yield f"ALTER TABLE {table} RENAME TO {old}"
    yield f"ALTER TABLE {new} RENAME TO {table}"
    if any(one.text("identity") for one in scene.after.children(after.id, "column")):
        reached = f"coalesce((SELECT seq FROM sqlite_sequence WHERE name = {scene.q.literal(aside(before.id, 'old'))}), 0)"
        yield f"UPDATE sqlite_sequence SET seq = max(seq, {reached}) WHERE name = {scene.q.literal(before.name)}"
    yield from _indexes_named(before, after, scene)
    yield from again(after, "trigger", scene)


def _indexes_named(before: Node, after: Node, scene: Scene) -> Iterable[str]:
    """What the old table has gives its name away, whatever it has by now, and what the new one has takes it."""
    come = [(aside(one.id), one.name, text) for one, text in zip(scene.after.children(after.id, "index"), again(after, "index", scene), strict=True)]
    if not (come or scene.before.children(before.id, "index")):
        return
    old = scene.q.literal(aside(before.id, "old"))
    head = "'CREATE ' || CASE WHEN sql LIKE 'CREATE UNIQUE %' THEN 'UNIQUE ' ELSE '' END || 'INDEX '"
    name = """'"_sqlx_gone_' || replace(name, '"', '""') || '"'"""
    said = f"""{head} || {name} || ' ON ' || substr(sql, instr(sql, '"' || {old} || '"'))"""
    yield "PRAGMA writable_schema = ON"
    yield (f"UPDATE sqlite_schema SET name = '_sqlx_gone_' || name, sql = {said}"
           f" WHERE type = 'index' AND tbl_name = {old} AND sql IS NOT NULL")
    for one, name, text in come:
        yield (f"UPDATE sqlite_schema SET name = {scene.q.literal(name)}, sql = {scene.q.literal(text)}"
               f" WHERE type = 'index' AND name = {scene.q.literal(one)}")
    yield "PRAGMA writable_schema = RESET"
