"""A copy of a table that is kept in step and then takes its place, while others go on reading and writing.

    a table of the wanted shape beside the old one -> triggers on the old one keep it in step -> rows are copied piece by piece -> the names
    are swapped at once -> the old table goes

No write is lost. A trigger looks the row up in the old table as that is by then, and brings the new one to the same; so it does not matter in which
order it and the copying come to a row, as long as the copying holds the row, lets rows alone that are there already, and never copies one
that is gone. What such a trigger would not hear of, or what would not go over with the names, closes this way, and the plan says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId, Record, Value
from kernel.core.strategy import PIECE, SAYS, Check, PassedOver, Strategy
from kernel.kinds import _offenders as offenders
from kernel.kinds import foreign_key
from kernel.kinds._beside_writers import aside, in_turn, keys
from kernel.kinds._catalogs import of_table
from kernel.kinds._column_text import narrowing, not_fitting, not_known, not_spelled
from kernel.kinds._rebuilt import stricter, value
from kernel.kinds._spec import Scene
from kernel.kinds._table_text import text_of

NAME = "copy_beside_writers"

OVER = "_sqlx_key"
"""A key of the new table while rows are copied, where it would have none by which to find them."""

_WHOLE = re.compile(r"(tiny|small|medium|big)?int", re.IGNORECASE)
"""Numbers that are the same in a column of another such type, or are refused."""

MADE_BY_IT = ("column", "primary_key", "unique", "check", "foreign_key", "index")
"""What the new table has from the start."""


def copy_beside_writers(before: Node, after: Node, scene: Scene) -> Strategy | PassedOver | None:
    """Rows are locked while they are copied, and never waited for: whoever holds one would wait for another one that we hold."""
    if before.get("order") is None or after.get("order") is None:
        return None
    key = key_of_both(before, after, scene)
    if why := _closed(before, after, key, scene):
        return PassedOver(NAME, why)
    new, old, table = (scene.name(one) for one in (aside(before.id), aside(before.id, "old"), before.name))
    whole, links = _with_names_of_ours(after, key, scene)
    columns = carried(before, after, scene)
    columns += [(scene.name(one.name), offenders.thought_of(one.text("type"))) for one in _unsaid(before, after, scene)]
    bare = [scene.name(one.name) for one in _columns(after, scene) if one.flag("no_default")]
    statements = [once(text_of(after, replace(scene, after=whole), new, MADE_BY_IT[1:])),
                  *(f"ALTER TABLE {new} ALTER COLUMN {one} DROP DEFAULT" for one in bare), *_mirrors(before, key, columns, scene)]
    told = tuple(replace(one, ends=True) for one in in_turn(len(statements), before.id, key, scene))
    same = same_row(key, "_sqlx_new", table, scene)
    missing = f"NOT EXISTS (SELECT 1 FROM {new} AS _sqlx_new WHERE {same} FOR UPDATE)"
    statements += [
        f"INSERT INTO {new} ({_names(columns)}) SELECT {_values(columns)} FROM {table} WHERE {missing} {PIECE} FOR UPDATE NOWAIT",
        *_counted(before, after, scene), f"RENAME TABLE {table} TO {old}, {new} TO {table}"]
    ends = (*_named(table, links, scene),
            *([f"ALTER TABLE {table} DROP INDEX {scene.name(OVER)}"] if NodeId("index", (*after.id.path, OVER)) in whole else []))
    mirrors = tuple(f"DROP TRIGGER IF EXISTS {scene.name(aside(before.id, one))}" for one in ("gone", "changed", "come"))
    zero = "NO_AUTO_VALUE_ON_ZERO"
    return Strategy(
        NAME, (*statements, f"DROP TABLE {old}", *ends),
        settings=("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", f"SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',{zero}')"),
        resets=("SET SESSION foreign_key_checks = 1", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                f"SET SESSION sql_mode = TRIM(BOTH ',' FROM REPLACE(CONCAT(',', @@SESSION.sql_mode, ','), ',{zero},', ','))"),
        covers=parts(before, after, scene), needs=_needs(before, after, scene),
        checks=(*stricter(before, after, scene), *misfits(before, after, scene)), apart=True, pieces=told,
        sweep=(*mirrors, f"DROP TABLE IF EXISTS {new}", f"DROP TABLE IF EXISTS {old}", *ends), whole=after.id)


def once(text: str) -> str:
    """Where it is there already, an earlier run has made it."""
    return re.sub(r"(CREATE (?:UNIQUE )?(?:TABLE|INDEX|TRIGGER) )", r"\1IF NOT EXISTS ", text, count=1, flags=re.I)


def parts(before: Node, after: Node, scene: Scene) -> frozenset[NodeId]:
    """What the copy makes as it is to be, beside the table."""
    return frozenset(one.id for side, owner in ((scene.before, before), (scene.after, after)) for kind in MADE_BY_IT
                     for one in side.children(owner.id, kind))


def carried(before: Node, after: Node, scene: Scene, casts: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """The columns whose values are brought along, and these: `casts` says how, by name, where they do not become the new ones by themselves."""
    had = {one.name: one for one in scene.before.children(before.id, "column")}
    return [(scene.name(one.name), value(had[one.name], one, scene, (casts or {}).get(one.name, ""))) for one in _columns(after, scene)
            if one.name in had and not one.text("generated")]


def _columns(table: Node, scene: Scene) -> tuple[Node, ...]:
    return scene.after.children(table.id, "column")


def misfits(before: Node, after: Node, scene: Scene, cast: Callable[[Node, Node, Scene], str] = lambda old, new, scene: "") -> Iterator[Check]:
    """The rows that a column of another type or character set does not take: they would stop the copying half-way, and whoever writes such a one.
    `cast` is how values become those of the new type, where a server can be asked to try that."""
    for new in _columns(after, scene):
        old = scene.before.get(NodeId("column", (*before.id.path, new.name)))
        if old is not None and not new.text("generated"):
            yield from (*not_fitting(old, new, scene), *not_known(old, new, scene, cast(old, new, scene)), *not_spelled(old, new, scene))


def _unsaid(before: Node, after: Node, scene: Scene) -> Iterator[Node]:
    """The columns that come with no value for the rows which are there: an ALTER gives them one that the server thinks of, and an INSERT does not."""
    return (one for one in _columns(after, scene)
            if NodeId("column", (*before.id.path, one.name)) not in scene.before and offenders.without_value(one, scene))


def _names(columns: list[tuple[str, str]]) -> str:
    return ", ".join(name for name, _ in columns)


def _values(columns: list[tuple[str, str]]) -> str:
    return ", ".join(one for _, one in columns)


def same_row(key: tuple[str, ...], one: str, other: str, scene: Scene) -> str:
    return " AND ".join(f"{one}.{scene.name(name)} = {other}.{scene.name(name)}" for name in key)


def key_of_both(before: Node, after: Node, scene: Scene) -> tuple[str, ...]:
    """The columns by which rows are found in both tables: best those of a key of both. Values that may become others tell nothing."""
    kept = {name for name in (one.name for one in _columns(after, scene)) if _stays(before, after, name, scene)}
    found = [one for one in keys(before.id, scene.before) if kept.issuperset(one) and in_turn(0, before.id, one, scene)]
    there = set(keys(after.id, scene.after))
    return next((one for one in found if one in there), found[0] if found else ())


def _stays(before: Node, after: Node, name: str, scene: Scene) -> bool:
    old, new = (side.get(NodeId("column", (*owner.id.path, name))) for side, owner in ((scene.before, before), (scene.after, after)))
    if old is None or new is None or old.text("generated") or new.text("generated"):
        return False
    whole = all(_WHOLE.match(one.text("type")) for one in (old, new))
    return (whole or not narrowing(old, new)) and all(old.get(one) == new.get(one) for one in ("charset", "collation"))


def points_at(table: Node, catalog: Catalog) -> list[Node]:
    """The keys of tables, of itself as well, that point at it."""
    return [one for one in catalog.of("foreign_key") if one.hints.get("target") == table.id.path]


def _closed(before: Node, after: Node, key: tuple[str, ...], scene: Scene) -> str:
    if before.text("engine").lower() not in ("", "innodb"):
        return f"{before.text('engine')} locks no rows, so that a copy could not be kept in step"
    if any("VERSIONING" in one.upper() for one in before.names("create_options")):
        return "what it remembers of former rows would be lost"
    for link in (*points_at(before, scene.before), *points_at(after, scene.after)):
        return f"{link.id.label} points at it, and would go on pointing at the old table"
    for one in scene.before.children(before.id, "trigger"):
        return f"its trigger {one.name} would not hear of what is written while it goes over to the new table"
    for one in _unsaid(before, after, scene):
        if not offenders.thought_of(one.text("type")):
            return f"{one.id.label} comes with no value for the rows that are there"
    return "" if key else "no key of it stays as it is, by which its rows could be found in a copy"


def _needs(before: Node, after: Node, scene: Scene) -> tuple[str, ...]:
    """Two tables may have checks of one name, where one of it stays."""
    stays = any(one.id in scene.before for one in scene.after.children(after.id, "check"))
    return (f"table.rebuild.{NAME}@check",) if stays else ()


def _with_names_of_ours(after: Node, key: tuple[str, ...], scene: Scene) -> tuple[Catalog, tuple[Node, ...]]:
    """What is to be, with its foreign keys under other names, since the old table has these; and a key to find rows by, if it would have none."""
    links = scene.after.children(after.id, "foreign_key")
    ids = {one.id for one in links}
    nodes = [one for one in scene.after.nodes if one.id not in ids]
    nodes += [replace(one, id=NodeId("foreign_key", (*after.id.path, _link(one, scene)))) for one in links]
    if key not in set(keys(after.id, scene.after)):
        said: dict[str, Value] = {"unique": True, "columns": tuple(Record(column=one) for one in key)}
        nodes.append(of_table("index", after.id.path[0], after.id.path[1], OVER, said, key))
    return Catalog(nodes), links


def _link(node: Node, scene: Scene) -> str:
    """The name of a foreign key for a while: another one on the way back, if it says something else."""
    return aside(node.id, "link", foreign_key.clause(node, scene))


def _named(table: str, links: tuple[Node, ...], scene: Scene) -> tuple[str, ...]:
    """The names of the foreign keys are free now. Their rows were looked at all the while, so that nobody need look again."""
    if not links:
        return ()
    words = ", ".join(f"DROP FOREIGN KEY {scene.name(_link(one, scene))}, ADD {foreign_key.clause(one, scene)}" for one in links)
    return "SET SESSION foreign_key_checks = 0", f"ALTER TABLE {table} {words}", "SET SESSION foreign_key_checks = 1"


def _mirrors(before: Node, key: tuple[str, ...], columns: list[tuple[str, str]], scene: Scene) -> tuple[str, ...]:
    """In an order in which no row comes that would not be taken away again.

    A row that is there already gives way to what it is now; no other row does, though one key of the new table were the same: that is refused.
    """
    new, table = scene.name(aside(before.id)), scene.name(before.name)

    def trigger(what: str, event: str, body: str) -> str:
        return f"CREATE TRIGGER IF NOT EXISTS {scene.name(aside(before.id, what))} AFTER {event} ON {table} FOR EACH ROW BEGIN\n{body}\nEND"
    there = scene.name("_sqlx_there")
    put = f"INSERT INTO {new} ({_names(columns)}) SELECT {_values(columns)} FROM {table} WHERE {same_row(key, table, 'NEW', scene)}"
    brought = (f"  BEGIN\n    DECLARE CONTINUE HANDLER FOR 1062 SET {there} = 1;\n    {put};\n  END;\n"
               f"  IF {there} THEN\n    DELETE FROM {new} WHERE {same_row(key, new, 'NEW', scene)};\n    {put};\n  END IF;")
    said = f"  DECLARE {there} INT DEFAULT 0;\n"
    gone = f"DELETE FROM {new} WHERE {same_row(key, new, 'OLD', scene)}"
    moved = (f"  IF NOT ({same_row(key, 'OLD', 'NEW', scene)}) THEN\n"
             f"    {gone} AND NOT EXISTS (SELECT 1 FROM {table} WHERE {same_row(key, table, 'OLD', scene)});\n  END IF;\n")
    return trigger("gone", "DELETE", f"  {gone};"), trigger("changed", "UPDATE", said + moved + brought), trigger("come", "INSERT", said + brought)


def _counted(before: Node, after: Node, scene: Scene) -> tuple[str, ...]:
    """It counts on from where the old one is: rows that came and went have had their numbers."""
    had = {one.name for one in scene.before.children(before.id, "column") if one.text("identity")}
    if not any(one.text("identity") and one.name in had for one in _columns(after, scene)):
        return ()
    said = scene.q.literal(f"ALTER TABLE {scene.name(aside(before.id))} AUTO_INCREMENT = ")
    where = f"TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {scene.q.literal(before.name)}"
    return (f"{SAYS}SELECT CONCAT({said}, coalesce(max(AUTO_INCREMENT), 1)) FROM information_schema.TABLES WHERE {where}",)
