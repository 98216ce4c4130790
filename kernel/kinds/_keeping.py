"""The values of a column, kept aside in a table of our own before they go, and brought back from there.

Rows find their values again by a key of their own; where no key stays, by the number that the server gives them; else by all that
they hold besides: of rows that are alike in that, it does not matter which gets which.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import PIECE, Pieces, Strategy
from kernel.kinds import _identity as identity
from kernel.kinds import _inheritance as inheritance
from kernel.kinds._beside_writers import pieces
from kernel.kinds._catalogs import of_table, table_id
from kernel.kinds._column_text import MADE_TYPES, clause, is_computed
from kernel.kinds._spec import Scene

ROW_NUMBER = "rowid"
"""What tells rows apart where no key does, on servers that number them."""

OURS = "_sqlx_row"
"""The name of that number, aside and while rows are numbered by us."""


def save(node: Node, aside: Node, scene: Scene) -> Strategy | None:
    """The values with the key of their rows; with an index, or bringing them back would look at it whole for every row."""
    key = _told_apart(node, scene)
    if not key or node.text("generated") or inheritance.keys_repeat(node, scene.before):
        return None
    made, query, index = _apart(node, aside, key, scene)
    return Strategy("save", (f"{made}AS {query}", index))


def save_by_piece(node: Node, aside: Node, scene: Scene) -> Strategy | None:
    """The same for a table of many rows, a few of them at a time: where all are copied at once, some servers keep writers waiting."""
    key, told = _told_apart(node, scene), pieces(2, node, scene)
    if not told or save(node, aside, scene) is None:
        return None
    made, query, index = _apart(node, aside, key, scene)
    return Strategy("save_by_piece", (f"{made}AS {query} WHERE 1 = 0", index, by_piece(node.id, aside, query, key, told, scene)),
                    pieces=told, apart=True)


def by_piece(subject: NodeId, aside: Node, query: str, key: list[tuple[str, str, str]], told: tuple[Pieces, ...], scene: Scene) -> str:
    """What is not aside yet of a table's rows. Those that are there are looked for within the piece, where they are told apart by the same
    columns: else a server that joins the two reads all of them for each piece."""
    table, source = scene.name(*aside.id.path), scene.table(subject)
    there = " AND ".join(f"_sqlx_kept.{name} = {source}.{here}" for name, here, _ in key)
    within = f" {PIECE}" if told[0].key == tuple(name for name, here, _ in key if name == here) else ""
    return f"INSERT INTO {table} {query} WHERE NOT EXISTS (SELECT 1 FROM {table} AS _sqlx_kept WHERE {there}{within}) {PIECE}"


def _apart(node: Node, aside: Node, key: list[tuple[str, str, str]], scene: Scene) -> tuple[str, str, str]:
    """The table aside as far as its query, this, and the index by which rows find their values again."""
    columns = ", ".join((*(name if name == source else f"{source} AS {name}" for name, source, _ in key), kept(node, scene)))
    table, index = scene.name(*aside.id.path), scene.name(aside.name + "_key")
    named = {name for name, source, _ in key if name == source}
    beside = [one for one in scene.before.children(node.parent, "column") if scene.name(one.name) in named] if node.parent else []
    return (f"CREATE TABLE {table} {_plainly((*beside, node), scene)}", f"SELECT {columns} FROM {scene.table(node)}",
            f"CREATE UNIQUE INDEX {index} ON {table} ({', '.join(name for name, _, _ in key)})")


def _plainly(nodes: Iterable[Node], scene: Scene) -> str:
    """Some servers copy the default along with the values, and it may speak of columns that are not aside."""
    apart = [one.without("default", "on_update", "comment", "check", "clauses", "invisible").with_(nullable=True) for one in nodes
             if scene.q.comment("x") and any(id.kind == "column" for id in one.depends_on) and not one.text("generated")]
    return f"({', '.join(clause(one, scene).removesuffix(' NULL') + ' NULL' for one in apart)}) " if apart else ""


def bring_back(node: Node, aside: Node, scene: Scene) -> Strategy | None:
    key = _told_apart(node, scene)
    if not key or node.text("generated"):
        return None
    table = scene.table(node)
    same = " AND ".join(f"{back} = {table}.{there.removesuffix('::text')}" for _, there, back in key)
    source = f"FROM {scene.name(*aside.id.path)} AS _sqlx_kept WHERE {same}"
    value = f"(SELECT {brought(node, scene, '_sqlx_kept.')} {source})"
    put, there = f"UPDATE {table} SET {scene.name(node.name)}", f"EXISTS (SELECT 1 {source})"
    rest = (f"{put} = {node.text('default')}{_still(node, scene)} WHERE NOT {there}",) if comes_without_default(node, scene.after) else ()
    return Strategy("bring_back", identity.with_values(node, (f"{put} = {value}{_still(node, scene)} WHERE {there}", *rest), scene))


def comes_without_default(node: Node, after: Catalog) -> bool:
    """Its default is said when its values are back: computed for every row it may not fit one, or do what is not meant for old rows. Those that came
    while it was not there get it then."""
    return node.id not in after and is_computed(node)


def save_by_all(node: Node, aside: Node, scene: Scene) -> Strategy | None:
    """The values with all that their rows hold besides, as one text, and which of those alike each is."""
    if not (_numbered_by_us(node, scene) or _has_places(node, scene)):
        return None
    table, index = scene.name(*aside.id.path), scene.name(aside.name + "_key")
    columns = f"{_alike(node, scene)}, {kept(node, scene)}"
    return Strategy("save_by_all", (f"CREATE TABLE {table} {_plainly((node,), scene)}AS SELECT {columns} FROM {scene.table(node)}",
                                    f"CREATE INDEX {index} ON {table} (_sqlx_same, _sqlx_nth)"))


def bring_back_by_all(node: Node, aside: Node, scene: Scene) -> Strategy | None:
    """Rows get a number for as long as that takes: nothing else says which row of several is meant."""
    if not _numbered_by_us(node, scene):
        return None
    table, ours = scene.table(node), scene.name(OURS)
    number = of_table("column", node.id.path[0], node.id.path[1], OURS, {"type": "bigint", "nullable": False, "identity": "default"})
    now = f"JOIN (SELECT {ours}, {_alike(node, scene)} FROM {table}) AS now ON now.{ours} = {table}.{ours}"
    same = f"JOIN {scene.name(*aside.id.path)} AS kept ON now._sqlx_same = kept._sqlx_same AND now._sqlx_nth = kept._sqlx_nth"
    name, value = scene.name(node.name), f"kept.{scene.name(node.name)}"
    if comes_without_default(node, scene.after):
        same, value = f"LEFT {same}", f"CASE WHEN kept._sqlx_nth IS NULL THEN {node.text('default')} ELSE {value} END"
    return Strategy("bring_back_by_all", (
        f"ALTER TABLE {table} ADD COLUMN {clause(number, scene)}, ADD KEY {ours} ({ours})",
        f"UPDATE {table} {now} {same} SET {table}.{name} = {value}{_still(node, scene)}",
        f"ALTER TABLE {table} DROP COLUMN {ours}",
    ))


def bring_back_by_place(node: Node, aside: Node, scene: Scene) -> Strategy | None:
    """The same where each row has a place that can be said while one statement runs."""
    if not _has_places(node, scene):
        return None
    table, name, value = scene.table(node), scene.name(node.name), brought(node, scene, "kept.")
    join, rest = ("LEFT JOIN", node.text("default")) if comes_without_default(node, scene.after) else ("JOIN", "")
    chosen = f"CASE WHEN kept._sqlx_nth IS NULL THEN {rest} ELSE {value} END" if rest else value
    text = (f"UPDATE {table} SET {name} = {chosen} FROM (SELECT {_PLACE} AS _sqlx_place, {_alike(node, scene)} FROM {table}) AS now {join}"
            f" {scene.name(*aside.id.path)} AS kept ON now._sqlx_same = kept._sqlx_same AND now._sqlx_nth = kept._sqlx_nth"
            f" WHERE {table}.{_PLACE} = now._sqlx_place")
    return Strategy("bring_back_by_place", identity.with_values(node, (text,), scene))


_PLACE = "ctid"
"""Where a row lies, in one file. https://www.postgresql.org/docs/current/ddl-system-columns.html"""


def _has_places(node: Node, scene: Scene) -> bool:
    """No key tells the rows apart, and all of them lie in one file."""
    owner = scene.before.get(node.parent) if node.parent else None
    alone = owner is not None and not owner.text("partition_by") and not any(True for _ in inheritance.below(owner.id, scene.before))
    return bool(scene.q.counted_insert) and alone and not node.text("generated") and not _told_apart(node, scene)


def _numbered_by_us(node: Node, scene: Scene) -> bool:
    """No key and no number tells rows apart, the server numbers rows for us, and no column counts already: there can be one only."""
    counts = any(one.text("identity") for one in scene.before.children(node.parent, "column") if one.id in scene.after and one.id != node.id)
    return scene.q.identity_needs_key and not counts and not node.text("generated") and not _told_apart(node, scene)


def _alike(node: Node, scene: Scene) -> str:
    stays = [scene.name(one.name) for one in scene.before.children(node.parent, "column") if one.id != node.id and _stays(one, scene)]
    if scene.q.counted_insert:
        said = f"pg_catalog.md5(ROW({', '.join(stays)})::text)"
        return f"{said} AS _sqlx_same, pg_catalog.row_number() OVER (PARTITION BY {said}) AS _sqlx_nth"
    parts = ", ".join(f"coalesce(hex(cast({one} AS BINARY)), '-')" for one in stays) or "''"
    said = f"sha2(concat_ws(',', {parts}), 256)"
    order = f" ORDER BY {', '.join(stays)}" if stays else ""
    return f"{said} AS _sqlx_same, row_number() OVER (PARTITION BY {said}{order}) AS _sqlx_nth"


def _stays(column: Node, scene: Scene) -> bool:
    """Its values are the same before and after."""
    now = scene.after.get(column.id)
    return now is not None and not now.text("generated") and not column.text("generated")


def _still(node: Node, scene: Scene) -> str:
    """What changes with its row by itself is to stay as it is."""
    changing = [one for one in scene.before.children(node.parent, "column") if one.text("on_update") and one.name != node.name]
    return "".join(f", {scene.table(node)}.{scene.name(one.name)} = {scene.table(node)}.{scene.name(one.name)}" for one in changing)


def _told_apart(node: Node, scene: Scene) -> list[tuple[str, str, str]]:
    """What tells the rows of the column's table apart: the name aside, what it is in the table, and what it is when it comes back."""
    table = table_id(*node.id.path[:2])
    parts = [scene.before[NodeId("column", (*table.path, one))] for one in key_of(table, node.name, scene)]
    if not parts and is_numbered(table, scene.before) and has_hidden_numbers(table, scene.after):
        return [(OURS, ROW_NUMBER, f"_sqlx_kept.{OURS}")]
    return [(scene.name(one.name), f"{scene.name(one.name)}::text" if of_made_type(one) else scene.name(one.name), brought(one, scene, "_sqlx_kept."))
            for one in parts]


def is_numbered(table: NodeId, catalog: Catalog) -> bool:
    """The server numbers its rows, and no column has the name of that number."""
    return (table in catalog and catalog[table].get("without_rowid") is False
            and not any(one.name.lower() == ROW_NUMBER for one in catalog.children(table, "column")))


def has_hidden_numbers(table: NodeId, catalog: Catalog) -> bool:
    """The numbers are no column's own values, so that a copy should keep them."""
    for key in catalog.children(table, "primary_key"):
        names = _plain_names(key)
        if len(names) == 1 and catalog[NodeId("column", (*table.path, names[0]))].text("type").lower() == "integer":
            return False
    return is_numbered(table, catalog)


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


def key_of(table: NodeId, without: str, scene: Scene) -> tuple[str, ...]:
    """The columns that tell a table's rows apart while one of them goes: the primary key, else a unique key that holds no nulls, on all rows
    and whole values. A key that is to come does as well: the rows must fit it."""
    for catalog in (scene.before, scene.goal):
        for kind in ("primary_key", "unique", "index"):
            for key in catalog.children(table, kind):
                names = _plain_names(key)
                if not names or without in names or (kind == "index" and (not key.flag("unique") or key.text("where"))):
                    continue
                columns = [NodeId("column", (*table.path, name)) for name in names]
                if all(one in scene.before and _stays(scene.before[one], scene) and _has_value(one, kind, catalog, scene) for one in columns):
                    return names
    return ()


def _plain_names(key: Node) -> tuple[str, ...]:
    parts = key.records("columns")
    names = tuple(one.text("column") for one in parts if not one.get("length"))
    return names if len(names) == len(parts) and all(names) else ()


def _has_value(column: NodeId, kind: str, catalog: Catalog, scene: Scene) -> bool:
    """It never is null in a key of this kind; one of a key to come is as it is to be."""
    if catalog is not scene.before and catalog[column].attributes != scene.before[column].attributes:
        return False
    return (kind == "primary_key" and catalog is scene.before) or not scene.before[column].get("nullable", True)
