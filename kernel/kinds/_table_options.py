"""Options of a table that stand behind its closing parenthesis and change by ALTER TABLE: engine, character set, rows, periods, partitions;
and the order of its columns, where a server lets people choose it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.node import Node, NodeId
from kernel.core.strategy import Strategy
from kernel.core.words import spoken_of
from kernel.kinds import index, primary_key, unique
from kernel.kinds._column_text import TEXTS, not_spelled
from kernel.kinds._column_text import clause as column_clause
from kernel.kinds._spec import Scene


def set_defaults(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The character set of columns that do not say one: those that did not and still do not are said again, to go along."""
    if not after.text("charset"):
        return None
    had = {one.name: one for one in scene.before.children(before.id, "column")}
    inherit = [one for one in scene.after.children(after.id, "column") if one.name in had
               and ((_inherits(one) and _inherits(had[one.name])) or _goes_along(had[one.name], one, before, after))]
    collate = f" COLLATE {after.text('collation')}" if after.text("collation") else ""
    again = (f"MODIFY COLUMN {column_clause(one, scene)}" for one in inherit)
    actions = [f"DEFAULT CHARACTER SET {after.text('charset')}{collate}", *again]
    return Strategy("set_defaults", (f"ALTER TABLE {scene.table(after)} {', '.join(actions)}",), attributes=("charset", "collation"),
                    covers=frozenset(one.id for one in inherit),
                    checks=tuple(check for one in inherit for check in not_spelled(had[one.name], one, scene)))


def _goes_along(column: Node, wanted: Node, before: Node, after: Node) -> bool:
    """It says just what the table is to say and will say nothing, or the other way round: some servers show no difference then."""
    apart = ("charset", "collation")
    if column.without(*apart).attributes != wanted.without(*apart).attributes or column == wanted:
        return False
    said, table = (column, after) if _inherits(wanted) else (wanted, before) if _inherits(column) else (None, after)
    return said is not None and all(said.text(name) in ("", table.text(name)) for name in apart)


def _inherits(node: Node) -> bool:
    """A column of text that says neither character set nor collation."""
    if node.text("charset") or node.text("collation"):
        return False
    return node.text("type").lower().startswith(TEXTS)


def set_engine(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The rows copied into another storage engine, which may bring options of its own; then the options as they are to be. Parts of a table say
    their engine themselves, and row versions are not carried from one to another."""
    if not after.text("engine"):
        return None
    versions = set_versioned(before, after, scene)
    first = versions if versions and versions.loses else None
    then = None if versions else set_create_options(before, after, scene)
    parts = f" {_spread(after)}" if before.text("partitions") else ""
    texts = (*(first.statements if first else ()), f"ALTER TABLE {scene.table(after)} ENGINE={after.text('engine')}{parts}",
             *(then.statements if then else ()))
    with_it = (*(("create_options",) if first or then else ()), *(("partitions",) if parts else ()))
    return Strategy("set_engine", texts, attributes=("engine", *with_it) if with_it else (), loses=first.loses if first else "")


def set_row_format(before: Node, after: Node, scene: Scene) -> Strategy:
    """Together with options that go with it: a block size wants rows that are compressed."""
    options = set_create_options(before, after, scene)
    more = options.statements[0].removeprefix(f"ALTER TABLE {scene.table(after)}") if options and not set_versioned(before, after, scene) else ""
    text = f"ALTER TABLE {scene.table(after)} ROW_FORMAT={after.text('row_format') or 'DEFAULT'}{more}"
    return Strategy("set_row_format", (text,), attributes=("row_format", "create_options") if more else ())


_NONE = {"KEY_BLOCK_SIZE": "0", "COMPRESSION": "''", "CONNECTION": "''", "MAX_ROWS": "0", "MIN_ROWS": "0", "AVG_ROW_LENGTH": "0", "CHECKSUM": "0",
         "DELAY_KEY_WRITE": "0", "AUTOEXTEND_SIZE": "0", "ENCRYPTION": "'N'", "TRANSACTIONAL": "DEFAULT",
         "ENGINE_ATTRIBUTE": "''", "SECONDARY_ENGINE_ATTRIBUTE": "''"}
"""The value that takes an option off, where it is not DEFAULT."""


def set_create_options(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Options by name; one that is not desired gets its default."""
    now, had = after.names("create_options"), before.names("create_options")
    names = {one.partition("=")[0] for one in now}
    gone = [one.partition("=")[0] for one in had if one.partition("=")[0] not in names]
    actions = [one for one in now if one not in had]
    actions += [_taken_off(one) for one in gone]
    if not actions:
        return None
    said = (" ".join(actions), *_keys_again(had, now, before, scene))
    return Strategy("set_create_options", (f"ALTER TABLE {scene.table(after)} {', '.join(said)}",))


def _keys_again(had: tuple[str, ...], now: tuple[str, ...], table: Node, scene: Scene) -> Iterable[str]:
    """Some servers let the keys keep the block size that the table had, unless they are made again."""
    if [one for one in had if one.startswith("KEY_BLOCK_SIZE=")] in ([], [one for one in now if one.startswith("KEY_BLOCK_SIZE=")]):
        return
    yield from (_key_anew(one, one, scene) for kind in ("primary_key", "index") for one in scene.before.children(table.id, kind))


def _taken_off(option: str) -> str:
    return f"DROP {option[5:]}" if option.upper().startswith("WITH ") else f"{option}={_NONE.get(option.upper(), 'DEFAULT')}"


def set_versioned(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The server begins, or ceases, to keep what rows were before: an action of its own."""
    word = "WITH SYSTEM VERSIONING"
    now, had = ({one.upper() for one in node.names("create_options")} for node in (after, before))
    if now ^ had != {word}:
        return None
    gone = word in had
    return Strategy("set_versioned", (f"ALTER TABLE {scene.table(after)} {'DROP' if gone else 'ADD'} SYSTEM VERSIONING",),
                    loses=f"what the rows of {after.id.label} were before, for good" if gone else "")


_PERIOD = re.compile(r"PERIOD FOR (`(?:``|[^`])*`)", re.I)


def set_periods(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Periods that people name, with the keys that were over one and are over another; that of row versions comes and goes with the versioning."""
    gone = [one for one in before.names("periods") if one not in after.names("periods")]
    new = [one for one in after.names("periods") if one not in before.names("periods")]
    named = [found for one in gone if (found := _PERIOD.match(one))]
    if len(named) < len(gone) or not all(map(_PERIOD.match, new)):
        return None
    keys = [(one, now) for one, now in _other_keys(before, scene) if _over_periods(one, gone, scene) or _over_periods(now, new, scene)]
    actions = [*(f"DROP PERIOD FOR {one[1]}" for one in named), *(f"ADD {one}" for one in new), *(_key_anew(one, now, scene) for one, now in keys)]
    return Strategy("set_periods", (f"ALTER TABLE {scene.table(after)} {', '.join(actions)}",), attributes=_with_keys("periods", keys),
                    covers=frozenset(one.id for one, _ in keys))


def _over_periods(key: Node, periods: Iterable[str], scene: Scene) -> bool:
    """One of its parts is such a period."""
    return any(one.startswith(f"PERIOD FOR {scene.name(part.text('column'))} ") for one in periods for part in key.records("columns"))


def undivided(node: Node, gone: frozenset[NodeId]) -> Node | None:
    """Rows can lie together while columns that they are spread by give way to others, and while keys come that do not hold these."""
    said = spoken_of(node.text("partitions"))
    bound = any(id.path[:-1] == node.id.path and (id.kind != "column" or id.name.lower() in said) for id in gone)
    return node.with_(partitions="") if said and bound else None


def set_partitions(before: Node, after: Node, scene: Scene) -> Strategy:
    """All rows spread anew."""
    return Strategy("set_partitions", (f"ALTER TABLE {scene.table(after)} {_spread(after)}",))


def _spread(table: Node) -> str:
    """How its rows are to be spread."""
    return table.text("partitions") or "REMOVE PARTITIONING"


def spread_with_keys(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Rows spread by other columns, together with the keys that must hold these: neither fits what the other was."""
    keys = _other_keys(before, scene)
    if not (before.text("partitions") and after.text("partitions") and keys):
        return None
    actions = ", ".join(_key_anew(one, now, scene) for one, now in keys)
    return Strategy("spread_with_keys", (f"ALTER TABLE {scene.table(after)} {actions} {after.text('partitions')}",),
                    attributes=_with_keys("partitions", keys), covers=frozenset(one.id for one, _ in keys),
                    checks=tuple(check for _, now in keys for check in unique.duplicates(now, scene)))


def _other_keys(table: Node, scene: Scene) -> list[tuple[Node, Node]]:
    """The keys of the table that tell rows apart by other columns than they did."""
    return [(one, now) for kind in ("primary_key", "index") for one in scene.before.children(table.id, kind) if one.get("unique", True)
            and (now := scene.after.get(one.id)) is not None and now.attributes != one.attributes]


def _with_keys(attribute: str, keys: Iterable[tuple[Node, Node]]) -> tuple[str, ...]:
    """What changes together: this of the table, and all of the keys."""
    return (attribute, *(name for one, now in keys for name in {*one.attributes, *now.attributes}))


def _key_anew(old: Node, new: Node, scene: Scene) -> str:
    if old.id.kind == "primary_key":
        return f"DROP PRIMARY KEY, ADD {primary_key.clause(new, scene)}"
    return f"DROP INDEX {scene.name(old.name)}, ADD {index.clause(new, scene)}"


def place_columns(before: Node, after: Node, scene: Scene) -> Strategy:
    """Columns that stand elsewhere than desired are moved one by one; added ones found their place when they were added."""
    columns = {one.name: one for one in scene.after.children(after.id, "column")}
    wanted = [name for name in after.names("order") if name in columns]
    now = [name for name in before.names("order") if name in columns]
    for at, name in enumerate(wanted):
        if name not in now:
            now.insert(now.index(wanted[at - 1]) + 1 if at else 0, name)
    statements = []
    for at, name in enumerate(wanted):
        if now[at] != name:
            now.remove(name)
            now.insert(at, name)
            place = f"AFTER {scene.name(wanted[at - 1])}" if at else "FIRST"
            statements.append(f"ALTER TABLE {scene.table(after)} MODIFY COLUMN {column_clause(columns[name], scene)} {place}")
    return Strategy("place_columns", tuple(statements))
