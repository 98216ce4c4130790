"""Columns that are filled, or get another type, while others go on writing: a new column beside the old one, kept in step and filled piece by piece.

No write is lost: a trigger keeps the new column in step from before the first piece is filled until the very moment at which it takes the old
one's place, and both are the same for every row by then. Where something stands on the column that this does not carry over, there is no such way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import PIECE, Pieces, Strategy
from kernel.kinds import _column_settings as settings
from kernel.kinds import _identity as identity
from kernel.kinds import _inheritance as inheritance
from kernel.kinds._catalogs import table_id
from kernel.kinds._column_text import are_characters, comments_apart, narrowing, new_place, too_long
from kernel.kinds._spec import Scene

_IN_TURN = re.compile(r"(tiny|small|medium|big)?int|numeric|decimal|uuid|char|text|date|time(?!.*interval)", re.IGNORECASE)
"""Types of keys by which rows can be taken in turn: a value that is read can be written in a statement."""


def keys(table: NodeId, catalog: Catalog) -> Iterator[tuple[str, ...]]:
    """Columns that tell rows apart: of the primary key first, then of unique keys that hold no nulls, on all rows and whole values."""
    for kind in ("primary_key", "unique", "index"):
        for key in catalog.children(table, kind):
            parts = key.records("columns")
            names = tuple(one.text("column") for one in parts if not one.get("length"))
            if len(names) < len(parts) or (kind == "index" and (not key.flag("unique") or key.text("where"))):
                continue
            columns = [catalog.get(NodeId("column", (*table.path, name))) for name in names]
            if names and all(names) and all(one is not None and (kind == "primary_key" or not one.get("nullable", True)) for one in columns):
                yield names


def unhurried(made: Strategy) -> Strategy:
    """What is built beside writers must not be cut short while it waits: it would leave something behind."""
    return replace(made, patient=tuple(at for at, text in enumerate(made.statements) if " CONCURRENTLY " in text))


def pieces(at: int, table: Node | NodeId, scene: Scene) -> tuple[Pieces, ...]:
    """How the statement there takes the rows of a table in turn; nothing where it cannot."""
    owner = table_id(*(table.id if isinstance(table, Node) else table).path[:2])
    return in_turn(at, owner, next(keys(owner, scene.before), ()), scene)


def in_turn(at: int, owner: NodeId, key: tuple[str, ...], scene: Scene) -> tuple[Pieces, ...]:
    """By these columns; nothing where their values cannot be written in a statement."""
    columns = [scene.before[NodeId("column", (*owner.path, one))] for one in key]
    if not key or not all(_IN_TURN.match(one.text("type")) for one in columns):
        return ()
    return (Pieces(at, scene.table(owner), tuple(map(scene.name, key))),)


def _is_quiet(node: Node, scene: Scene) -> bool:
    """Nothing hears of rows that are written again, and no rows lie in other tables."""
    owner = scene.before.get(node.parent) if node.parent else None
    if owner is None or owner.text("partition_by") or any(True for _ in inheritance.below(owner.id, scene.before)):
        return False
    return not any(scene.before.children(owner.id, kind) for kind in ("trigger", "rule", "inheritance"))


def add_then_fill(node: Node, scene: Scene) -> Strategy | None:
    """The column comes empty, new rows have its default from then on, and the old ones get one piece by piece."""
    if node.get("default") is None or node.text("generated") or node.text("identity") or not _is_quiet(node, scene):
        return None
    told = pieces(2, node, scene)
    if not told:
        return None
    table, column = scene.table(node), scene.name(node.name)
    collate = f" COLLATE {node.text('collation')}" if node.text("collation") else ""
    statements = (
        f"ALTER TABLE {table} ADD COLUMN {column} {node.text('type')}{collate}{new_place(node, scene)}",
        f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {node.text('default')}",
        f"UPDATE {table} SET {column} = {node.text('default')} WHERE {column} IS NULL {PIECE}",
        *(() if node.get("nullable", True) else bound_to_values(table, column, scene)),
        *comments_apart((node,), scene), *settings.apart((node,), scene))
    return Strategy("add_then_fill", statements, pieces=told, apart=True, sweep=(_off(table, scene),))


def bound_to_values(table: str, column: str, scene: Scene) -> tuple[str, ...]:
    """NOT NULL, with the rows read under a weak lock first."""
    name = scene.name("_sqlx_not_null")
    return (f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID", f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}",
            f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL", f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def _off(table: str, scene: Scene) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {scene.name('_sqlx_not_null')}"


def retype_beside_writers(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A column of the new type beside the old one, kept in step by a trigger, filled piece by piece, with its indexes; then it takes its place."""
    told = pieces(2, before, scene)
    keys = _carried(before, scene)
    if not told or keys is None or not _is_quiet(before, scene) or _says_more(before, after):
        return None
    table, old, new = scene.table(before), scene.name(before.name), scene.name(aside(before.id))
    value = _value(before, after, old)
    mirror = scene.name(aside(before.id, "mirror"))
    function = scene.name(before.id.path[0], aside(before.id, "mirror"))
    collate = f" COLLATE {after.text('collation')}" if after.text("collation") else ""
    bound = not after.get("nullable", True) or any(key.id.kind == "primary_key" for key in keys)
    whole = bound_to_values(table, new, scene)
    statements = [
        f"ALTER TABLE {table} ADD COLUMN {new} {after.text('type')}{collate}",
        ";\n".join(_mirrored(table, function, mirror, f"NEW.{new} := {_value(before, after, f'NEW.{old}')}")),
        f"UPDATE {table} SET {new} = {value} WHERE {new} IS NULL AND {old} IS NOT NULL {PIECE}",
        *(whole[:2] if bound else ()),
        *(_built(key, before, scene) for key in keys),
    ]
    swap = [
        *(f"ALTER TABLE {table} DROP CONSTRAINT {scene.name(key.name)}" for key in keys if key.id.kind != "index"),
        f"DROP TRIGGER {mirror} ON {table}", f"DROP FUNCTION {function}()", *(whole[2:] if bound else ()),
        f"ALTER TABLE {table} DROP COLUMN {old}", f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}",
        *([f"ALTER TABLE {table} ALTER COLUMN {old} SET DEFAULT {after.text('default')}"] if after.get("default") is not None else []),
        *(_adopted(key, scene) for key in keys), *_counting(before, after, scene), *comments_apart((after,), scene), *settings.apart((after,), scene)]
    sweep = (f"DROP TRIGGER IF EXISTS {mirror} ON {table}", f"DROP FUNCTION IF EXISTS {function}()",
             f"ALTER TABLE {table} DROP COLUMN IF EXISTS {new}", _off(table, scene))
    made = Strategy("retype_beside_writers", (*statements, ";\n".join(swap)), attributes=("type", "collation", "default"), pieces=told, apart=True,
                    sweep=sweep, loses="" if are_characters(before, after) else narrowing(before, after), checks=too_long(before, after, scene))
    return unhurried(made)


def _mirrored(table: str, function: str, mirror: str, keeps: str) -> Iterable[str]:
    """What keeps the new column in step: for every writer, whatever his search path is and also where rows come from another server."""
    body = f"BEGIN {keeps}; RETURN NEW; END"
    yield f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $sqlx$ {body} $sqlx$"
    yield f"CREATE TRIGGER {mirror} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {mirror}"


def aside(id: NodeId, what: str = "new", as_it_is: str = "") -> str:
    """A name of ours for what stands in for an object for a while: short, and the same every time; another one for another text of it."""
    return f"_sqlx_{what}_{hashlib.sha256(f'{id}{as_it_is}'.encode()).hexdigest()[:12]}"


def _carried(column: Node, scene: Scene) -> tuple[Node, ...] | None:
    """The indexes and keys on the column, which are built anew on the other one; None where something else stands on it, or on one of them."""
    users = [one for one in scene.before.dependants(column.id) if one.id != column.parent]
    if any(one.id.kind not in ("index", "primary_key", "unique") or one.parent != column.parent for one in users):
        return None
    marked = ("clustered", "replica_identity", "comment", "index_comment", "statistics", "where")
    plain = all(all(part.text("column") for part in one.records("columns")) and not any(one.get(mark) for mark in marked)
                and not scene.before.dependants(one.id) for one in users)
    return tuple(sorted(users, key=lambda one: one.id)) if plain else None


def _says_more(before: Node, after: Node) -> bool:
    """Something about it is not carried over: what computes it, or numbers that it takes from a sequence of its own."""
    changed = {name for name in {*before.attributes, *after.attributes} if before.get(name) != after.get(name)}
    counted = identity.counter_of_default(after) or "nextval(" in after.text("default")
    return bool(before.text("generated") or after.text("generated") or counted or changed - {"type", "collation", "default"})


def _value(before: Node, after: Node, source: str) -> str:
    """From text to text nothing is cast: what is too long is refused, and not cut."""
    return source if are_characters(before, after) else f"{source}::{after.text('type')}"


def _built(key: Node, column: Node, scene: Scene) -> str:
    """The index of a key over the new column instead of the old one."""
    names = {column.name: aside(column.id)}
    listed = ", ".join(scene.name(names.get(name, name)) + (" DESC" if part.get("descending") else "")
                       for part in key.records("columns") for name in (part.text("column"),))
    unique = "UNIQUE " if key.id.kind != "index" or key.flag("unique") else ""
    using = f"USING {key.text('method')} " if key.text("method") else ""
    return f"CREATE {unique}INDEX CONCURRENTLY {scene.name(aside(key.id))} ON {scene.table(column)} {using}({listed})"


def _adopted(key: Node, scene: Scene) -> str:
    """The index that was built in the place of the old one."""
    built, name = scene.name(aside(key.id)), scene.name(key.name)
    if key.id.kind == "index":
        return f"ALTER INDEX {scene.name(key.id.path[0], aside(key.id))} RENAME TO {name}"
    return f"ALTER TABLE {scene.table(key)} ADD CONSTRAINT {name} {'PRIMARY KEY' if key.id.kind == 'primary_key' else 'UNIQUE'} USING INDEX {built}"


def _counting(before: Node, after: Node, scene: Scene) -> Iterable[str]:
    """It goes on to count from the greatest number that the rows have."""
    if not after.text("identity"):
        return ()
    begun = identity.set_identity(before.with_(identity="", identity_options=(), default=None, nullable=False), after, scene)
    return begun.statements if begun else ()

