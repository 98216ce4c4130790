"""Columns that are filled, or get another type, while others go on writing: a new column beside the old one, kept in step and filled piece by piece.

No write is lost: a trigger keeps the new column in step from before the first piece is filled until the very moment at which it takes the old
one's place, and both are the same for every row by then. Where something stands on the column that this does not carry over, there is no such way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import PIECE, PassedOver, Pieces, Strategy
from kernel.kinds import _column_settings as settings
from kernel.kinds import _identity as identity
from kernel.kinds import _inheritance as inheritance
from kernel.kinds._catalogs import table_id
from kernel.kinds._column_text import are_characters, comments_apart, narrowing, new_place, not_fitting, not_known
from kernel.kinds._spec import Scene
from kernel.kinds._stored_text import instead

_IN_TURN = re.compile(r"(tiny|small|medium|big)?int|numeric|decimal|uuid|(var)?char|text|date|time(?!.*interval)", re.IGNORECASE)
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


_BUILT = re.compile(r'CREATE (?:UNIQUE )?INDEX CONCURRENTLY ("(?:[^"]|"")+") ON ("(?:[^"]|"")+")\.')


def unhurried(made: Strategy) -> Strategy:
    """What is built beside writers must not be cut short while it waits: it would leave something behind."""
    built = [(at, _BUILT.match(text)) for at, text in enumerate(made.statements)]
    return replace(made, patient=tuple(at for at, text in enumerate(made.statements) if " CONCURRENTLY " in text),
                   debris=tuple((at, f"DROP INDEX IF EXISTS {one[2]}.{one[1]}") for at, one in built if one))


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


def hindrance(column: Node, scene: Scene) -> str:
    """Why its values cannot be written again a few at a time while nobody hears of it; "" where they can."""
    owner = scene.before.get(column.parent) if column.parent else None
    if owner is None:
        return "its table is not there yet"
    for kind in ("trigger", "rule"):
        for one in scene.before.children(owner.id, kind):
            return f"{owner.id.label} has a {kind}, {one.name}, which would hear of every row"
    if owner.text("partition_by") or scene.before.children(owner.id, "inheritance") or any(True for _ in inheritance.below(owner.id, scene.before)):
        return f"{owner.id.label} stands above or below other tables, and is not filled by itself"
    return "" if pieces(0, column, scene) else f"{owner.id.label} has no key by which its rows could be taken in turn"


def add_then_fill(node: Node, scene: Scene) -> Strategy | PassedOver | None:
    """The column comes empty, new rows have its default from then on, and the old ones get one piece by piece."""
    if node.text("generated") and node.flag("stored"):
        return PassedOver("add_then_fill", "a column that was filled cannot become one that the server computes")
    if node.get("default") is None or node.text("generated") or node.text("identity"):
        return None
    if why := hindrance(node, scene):
        return PassedOver("add_then_fill", why)
    told = pieces(2, node, scene)
    table, column = scene.table(node), scene.name(node.name)
    collate = f" COLLATE {node.text('collation')}" if node.text("collation") else ""
    statements = (
        f"ALTER TABLE {table} ADD COLUMN {column} {node.text('type')}{collate}{new_place(node, scene)}",
        f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {node.text('default')}",
        f"UPDATE {table} SET {column} = {node.text('default')} WHERE {column} IS NULL {PIECE}",
        _moved(node, column, node.text("default"), scene),
        *(() if node.get("nullable", True) else bound_to_values(node, column, scene)),
        *comments_apart((node,), scene), *settings.apart((node,), scene))
    return Strategy("add_then_fill", statements, pieces=told, apart=True, sweep=(unbound(node, scene),))


def add_then_count(node: Node, scene: Scene) -> Strategy | PassedOver | None:
    """The column takes numbers of a sequence, old rows piece by piece; when all have one it counts by itself, from where that sequence is."""
    if not node.text("identity"):
        return None
    if why := hindrance(node, scene):
        return PassedOver("add_then_count", why)
    told = pieces(3, node, scene)
    table, column = scene.table(node), scene.name(node.name)
    counter = scene.name(node.id.path[0], aside(node.id, "count"))
    options = " ".join(one for one in node.names("identity_options") if not one.startswith("SEQUENCE NAME"))
    next = f"pg_catalog.nextval({scene.q.literal(counter)}::pg_catalog.regclass)"
    whole = bound_to_values(node, column, scene)
    begun = identity.begin(node.with_(identity="", default=next, nullable=False), node, scene)
    statements = (
        f"CREATE SEQUENCE {counter} AS {node.text('type')} {options};\nGRANT USAGE ON SEQUENCE {counter} TO PUBLIC",
        f"ALTER TABLE {table} ADD COLUMN {column} {node.text('type')}",
        f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {next}",
        f"UPDATE {table} SET {column} = {next} WHERE {column} IS NULL {PIECE}",
        _moved(node, column, next, scene),
        *whole[:2],
        ";\n".join((*whole[2:], *begun,
                    f"SELECT pg_catalog.setval({identity.counter_of(node, scene)}, last_value, is_called) FROM {counter}", f"DROP SEQUENCE {counter}",
                    *comments_apart((node,), scene), *settings.apart((node,), scene))))
    return Strategy("add_then_count", statements, pieces=told, apart=True,
                    sweep=(unbound(node, scene), f"DROP SEQUENCE IF EXISTS {counter} CASCADE"))


def _moved(node: Node, column: str, value: str, scene: Scene) -> str:
    """The few rows that got another key while others were filled, and were passed over."""
    return f"UPDATE {scene.table(node)} SET {column} = {value} WHERE {column} IS NULL"


def bound_to_values(column: Node, name: str, scene: Scene) -> tuple[str, ...]:
    """NOT NULL for a column, or for the one of this quoted name that takes its place, with the rows read under a weak lock first."""
    table, check = scene.table(column), scene.name(aside(column.id, "not_null"))
    return (f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID", f"ALTER TABLE {table} VALIDATE CONSTRAINT {check}",
            f"ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL", f"ALTER TABLE {table} DROP CONSTRAINT {check}")


def called_as_usual(table: str, scene: Scene) -> str:
    """Where NOT NULL has names, those that came from ours become what they would have been for the (quoted) table without us."""
    body = f"""DECLARE _sqlx_text text;
BEGIN
  FOR _sqlx_text IN
    SELECT pg_catalog.format('ALTER TABLE {table.replace("'", "''").replace("%", "%%")} RENAME CONSTRAINT %I TO %I', k.conname, u.usual)
      FROM pg_catalog.pg_constraint AS k
      JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1],
           LATERAL (SELECT pg_catalog.concat(c.relname, '_', a.attname, '_not_null')) AS u (usual)
     WHERE c.oid = {scene.q.literal(table)}::pg_catalog.regclass AND k.contype = 'n' AND k.conname ~ '_sqlx_new_'
       AND pg_catalog.octet_length(u.usual) < 64
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS o WHERE o.conrelid = c.oid AND o.conname = u.usual)
  LOOP
    EXECUTE _sqlx_text;
  END LOOP;
END"""
    return f"DO {scene.q.literal(body)}"


def unbound(column: Node, scene: Scene) -> str:
    """What takes away that which helps to bind it."""
    return f"ALTER TABLE {scene.table(column)} DROP CONSTRAINT IF EXISTS {scene.name(aside(column.id, 'not_null'))}"


@dataclass(frozen=True)
class Turn:
    """A column on its way to another type: what makes the new one whole beside the old one, what puts it in its place, and what is said of it there.

    The second statement of `makes` keeps it in step, and the third fills it in `pieces`.
    """

    makes: tuple[str, ...]
    pieces: Pieces
    swaps: tuple[str, ...]
    ends: tuple[str, ...]
    sweep: tuple[str, ...]


def retype_beside_writers(before: Node, after: Node, scene: Scene) -> Strategy | PassedOver:
    """A column of the new type beside the old one, kept in step by a trigger, filled piece by piece, with its indexes; then it takes its place."""
    if why := _says_more(before, after) or stuck(before, scene):
        return PassedOver("retype_beside_writers", why)
    made = turn(before, after, after.text("type"), "" if are_characters(before, after) else f"::{after.text('type')}", scene)
    return unhurried(Strategy(
        "retype_beside_writers", (*made.makes, ";\n".join((*made.swaps, *made.ends))), attributes=("type", "collation", "default"),
        pieces=(made.pieces,), apart=True, sweep=made.sweep, loses="" if are_characters(before, after) else narrowing(before, after),
        checks=(*not_fitting(before, after, scene), *not_known(before, after, scene, f"{scene.name(after.name)}::{after.text('type')}"))))


def stuck(column: Node, scene: Scene) -> str:
    """Why another column cannot take its place; "" where it can."""
    return hindrance(column, scene) or _left_behind(column, scene)


def turn(before: Node, after: Node, type: str, cast: str, scene: Scene) -> Turn:
    """The statements for a column of a `type` instead of the old one, whose values are `cast`, where that is not stuck. From text to text nothing is
    cast: what is too long is refused, and not cut. Queries are planned by what the server knows of its values, and it knows nothing of a new one."""
    (told,), keys = pieces(2, before, scene), _carried(before, scene)
    table, old, new = scene.table(before), scene.name(before.name), scene.name(aside(before.id))
    mirror, function = scene.name(aside(before.id, "mirror")), scene.name(before.id.path[0], aside(before.id, "mirror"))
    collate = f" COLLATE {after.text('collation')}" if after.text("collation") else ""
    bound = not after.get("nullable", True) or any(key.id.kind == "primary_key" for key in keys)
    whole = bound_to_values(before, new, scene) if bound else ()
    makes = (
        f"ALTER TABLE {table} ADD COLUMN {new} {type}{collate}",
        ";\n".join(_mirrored(table, function, mirror, f"NEW.{new} := NEW.{old}{cast}", scene)),
        f"UPDATE {table} SET {new} = {old}{cast} WHERE {new} IS NULL AND {old} IS NOT NULL {PIECE}",
        *whole[:2],
        *(_built(key, before, scene) for key in keys),
        f"ANALYZE {table} ({new})")
    swaps = (
        *(f"ALTER TABLE {table} DROP CONSTRAINT {scene.name(key.name)}" for key in keys if key.id.kind != "index"),
        f"DROP TRIGGER {mirror} ON {table}", f"DROP FUNCTION {function}()", *whole[2:],
        f"ALTER TABLE {table} DROP COLUMN {old}", f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}",
        *([called_as_usual(table, scene)] if bound else ()))
    ends = (
        *([f"ALTER TABLE {table} ALTER COLUMN {old} SET DEFAULT {after.text('default')}"] if after.get("default") is not None else []),
        *(_adopted(key, scene) for key in keys), *_counting(before, after, scene), *comments_apart((after,), scene), *settings.apart((after,), scene))
    return Turn(makes, told, swaps, ends, (
        unbound(before, scene), f"DROP TRIGGER IF EXISTS {mirror} ON {table}", f"DROP FUNCTION IF EXISTS {function}()",
        f"ALTER TABLE {table} DROP COLUMN IF EXISTS {new}"))


def _mirrored(table: str, function: str, mirror: str, keeps: str, scene: Scene) -> Iterable[str]:
    """What keeps the new column in step: for every writer, whatever his search path is and also where rows come from another server."""
    body = f"BEGIN {keeps}; RETURN NEW; END"
    yield f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS {scene.q.literal(body)}"
    yield f"CREATE TRIGGER {mirror} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {mirror}"


def aside(id: NodeId, what: str = "new", as_it_is: str = "") -> str:
    """A name of ours for what stands in for an object for a while: short, and the same every time; another one for another text of it."""
    return f"_sqlx_{what}_{hashlib.sha256(f'{id}{as_it_is}'.encode()).hexdigest()[:12]}"


def _carried(column: Node, scene: Scene) -> tuple[Node, ...]:
    """The indexes and keys on the column, which are built anew on the other one.

    Foreign keys are not carried over: where they are in the way, as learning finds out, they go before and come back after.
    """
    return tuple(sorted((one for one in _standing_on(column.id, scene) if one.id != column.parent), key=lambda one: one.id))


def _left_behind(column: Node, scene: Scene) -> str:
    """What stands on it, or on its indexes, and is not carried over."""
    for one in _carried(column, scene):
        name = f"{one.id.kind.replace('_', ' ')} {one.id.label}"
        if one.id.kind not in ("index", "primary_key", "unique") or one.parent != column.parent:
            return f"{name} stands on it"
        if marks := [mark for mark in ("clustered", "replica_identity", "comment", "index_comment", "statistics") if one.get(mark)]:
            return f"{name} says more ({', '.join(marks)}) than is carried over"
        if not one.text("definition") and not all(part.text("column") for part in one.records("columns")):
            return f"{name} is over more than columns"
        if users := _standing_on(one.id, scene):
            return f"{users[0].id.kind.replace('_', ' ')} {users[0].id.label} stands on {name}"
    return ""


def _standing_on(id: NodeId, scene: Scene) -> list[Node]:
    return [one for one in scene.before.dependants(id) if one.id.kind != "foreign_key"]


def _says_more(before: Node, after: Node) -> str:
    """Something about it that is not carried over."""
    if before.text("generated") or after.text("generated"):
        return "the server computes it"
    if identity.counter_of_default(after) or "nextval(" in after.text("default"):
        return "it takes its numbers from a sequence"
    changed = {name for name in {*before.attributes, *after.attributes} if before.get(name) != after.get(name)} - {"type", "collation", "default"}
    return f"its {', '.join(sorted(changed))} is to be another one as well" if changed else ""


def _built(key: Node, column: Node, scene: Scene) -> str:
    """The index of a key over the new column instead of the old one."""
    new = aside(column.id)
    unique = "UNIQUE " if key.id.kind != "index" or key.flag("unique") else ""
    if key.id.kind == "index" and key.text("definition"):
        words = instead(key.text("definition"), column.name, scene.name(new))
    else:
        using = f"USING {key.text('method')} " if key.text("method") else ""
        words = using + "(" + ", ".join(scene.name(new if name == column.name else name) + (" DESC" if part.get("descending") else "")
                                        for part in key.records("columns") for name in (part.text("column"),)) + ")"
    return f"CREATE {unique}INDEX CONCURRENTLY {scene.name(aside(key.id))} ON {scene.table(column)} {words}"


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

