"""Table: rows of one shape.

Made in one statement with its columns and constraints. What a server cannot alter is made by a rebuild: a new table, the rows
copied, the old one dropped, all that hung on it made again (https://www.sqlite.org/lang_altertable.html, section 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import PassedOver, Strategy
from kernel.kinds import _column_settings as column_settings
from kernel.kinds import _identity as identity
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _keeping as keeping
from kernel.kinds import _numbered_names as numbered
from kernel.kinds import _shadow as shadow
from kernel.kinds import _shadow_file as shadow_file
from kernel.kinds import _shadow_transaction as shadow_transaction
from kernel.kinds import _table_options as options
from kernel.kinds import _table_settings as table_settings
from kernel.kinds import _table_text as words
from kernel.kinds import _turning as turning
from kernel.kinds import column
from kernel.kinds._beside_writers import keys, pieces
from kernel.kinds._catalogs import PG_CLASS, USER_SCHEMA, address, not_member, of_table, table_id, texts
from kernel.kinds._column_text import comments_apart, defaults_taken
from kernel.kinds._dropped import drop_aside
from kernel.kinds._foreign_parts import let_go
from kernel.kinds._marks import made as marked
from kernel.kinds._not_null_below import not_yet_restated
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._rebuilt import rebuild
from kernel.kinds._rehearsal import column as column_of
from kernel.kinds._rehearsal import key, link, noted, table, unnamed_key
from kernel.kinds._relation import STORED, in_turn, set_options
from kernel.kinds._shown_text import ShownTable, by_table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds._stored_text import by_text

PG = f"""
    SELECT c.oid, n.nspname, c.relname, c.relpersistence, {STORED}, s.description, {owner_of('c.relowner')},
           CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
           CASE WHEN NOT c.relispartition THEN {inheritance.PARENTS.format(oid='c.oid')} END,
           {table_settings.SELECTED}
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 LEFT JOIN pg_catalog.pg_description AS s
           ON s.objoid = c.oid AND s.objsubid = 0 AND s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
 {table_settings.JOINED}
     WHERE c.relkind IN ('r', 'p') AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
  ORDER BY c.oid"""


def read_pg(oid: int, schema: str, name: str, persistence: str, options: object, comment: str | None, owner: str,
            partition_key: str | None, parents: object, *set_: Any) -> Iterable[Node]:
    """A table that takes over columns of others is made after them; a partition need not."""
    above = tuple(table_id(*inheritance.path(one)) for one in texts(parents))
    attributes: dict[str, Value] = {
        "unlogged": persistence == "u", "options": tuple(sorted(texts(options))), "comment": comment or "", "owner": owner,
        "partition_by": partition_key or "", **table_settings.read(*set_)}
    yield Node(table_id(schema, name), attributes, None, frozenset({NodeId("schema", (schema,)), *above}),
               {"address": address(PG_CLASS, oid), **in_turn(options)})


def read_shown(table: str, shown: ShownTable) -> Iterable[Node]:
    attributes: dict[str, Value] = {
        **{name: shown.options.get(name, "") for name in ("engine", "charset", "collation", "row_format", "comment")},
        "create_options": tuple(shown.others), "periods": tuple(shown.periods), "partitions": shown.partitions, "order": tuple(shown.columns)}
    yield Node(table_id("", table), attributes)


def create(node: Node, scene: Scene) -> Strategy | None:
    """The table with everything but foreign keys, which come when all tables are there."""
    return _create(node, scene, "create", with_keys=False)


def create_with_indexes(node: Node, scene: Scene) -> Strategy | None:
    """The table with its indexes in the same statement: a column that counts may have no other key."""
    if not scene.after.children(node.id, "index"):
        return None
    return _create(node, scene, "create_with_indexes", with_keys=False, with_indexes=True, needs=("table.add.create_with_indexes@index",))


def create_whole(node: Node, scene: Scene) -> Strategy | None:
    """The table with its foreign keys in the same statement."""
    return _create(node, scene, "create_whole", with_keys=True)


def _create(node: Node, scene: Scene, name: str, *, with_keys: bool, with_indexes: bool = False,
            needs: tuple[str, ...] = ()) -> Strategy | None:
    columns = scene.after.children(node.id, "column")
    if not with_indexes and scene.q.identity_needs_key and not _counts_by_key(node, scene):
        return None
    kinds = words.inlined(with_keys, with_indexes)
    constraints = [one for kind in kinds for one in scene.after.children(node.id, kind) if words.inline(one, scene)]
    if not with_keys and scene.after.children(node.id, "foreign_key"):
        needs = (*needs, "foreign_key.add.add")
    text = words.text_of(node, scene, scene.name(*node.id.path), kinds)
    comments = _comment(node, scene) + comments_apart(columns, scene)
    later = tuple(text for one in constraints for text in (*constraint_comments(one, scene), *marked(one, scene))) + defaults_taken(columns, scene)
    settings = (*column_settings.apart(columns, scene), *table_settings.apart(node, scene))
    covers = frozenset(one.id for one in (*columns, *constraints, *words.links(node, scene.after))) | _stated((*columns, *constraints), scene)
    unlike = tuple(said for one in columns if words.taken_over(one, scene)
                   for said in column.unlike(inheritance.models(one, scene.after)[0], one, scene))
    return Strategy(name, (text, *unlike, *settings, *made("TABLE", node, scene), *comments, *later), covers=covers, needs=needs)


def _counts_by_key(node: Node, scene: Scene) -> bool:
    """Every column that counts by itself leads a key that stands in the same statement."""
    counting = {one.name for one in scene.after.children(node.id, "column") if one.text("identity")}
    keys = [key for kind in ("primary_key", "unique") for key in scene.after.children(node.id, kind)]
    elsewhere = {key.records("columns")[0].text("column") for key in scene.after.children(node.id, "index")}
    leads = {key.records("columns")[0].text("column") for key in keys}
    within = {part.text("column") for key in keys for part in key.records("columns")}
    return counting <= leads | (within - elsewhere)


def constraint_comments(node: Node, scene: Scene) -> tuple[str, ...]:
    if not node.text("comment") or scene.q.comment("x"):
        return ()
    return (f"COMMENT ON CONSTRAINT {scene.name(node.name)} ON {scene.table(node)} IS {scene.q.literal(node.text('comment'))}",)


def _stated(parts: Iterable[Node], scene: Scene) -> frozenset[NodeId]:
    """What the new table states itself although it takes it over; that a column which it takes over alone holds no nulls is said later."""
    listed = tuple(parts)
    later = not_yet_restated((one for one in listed if one.id.kind == "column"), scene)
    return inheritance.restated((one for one in listed if inheritance.is_restated(one, scene.after)), scene) - later


def drop(node: Node, scene: Scene) -> Strategy:
    """Where a table that goes is emptied first, row by row, what points at it must not hear of that."""
    off, checks = let_go(node, scene)
    return _unheard(node, Strategy("drop", (*off, f"DROP TABLE {scene.table(node)}"), loses=f"the rows of {node.id.label}", checks=checks))


def _unheard(node: Node, made: Strategy) -> Strategy:
    """With foreign keys asleep, where they are a setting of the session."""
    if node.get("without_rowid") is None:
        return made
    return replace(made, settings=("PRAGMA foreign_keys = OFF",), resets=("PRAGMA foreign_keys = ON",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    target = scene.name(after.name) if before.id.path[0] else scene.name(*after.id.path)
    return Strategy("rename", (f"ALTER TABLE {scene.table(before)} RENAME TO {target}",))


def rename_with_counters(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Counters keep the name of the table as it was, unless they are told."""
    columns = [(one, replace(one, id=NodeId("column", (*after.id.path, one.name)))) for one in scene.before.children(before.id, "column")]
    counters = identity.following(columns, scene)
    return Strategy("rename_with_counters", (*rename(before, after, scene).statements, *counters)) if counters else None


def rename_with_links(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Foreign keys that the server named are called by the new name at once."""
    covers = numbered.followers(before, after, ("foreign_key",), scene)
    return replace(rename(before, after, scene), name="rename_with_links", covers=covers) if covers else None


def rename_with_checks(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """So are checks, and foreign keys with them."""
    covers = numbered.followers(before, after, numbered.MARKS, scene)
    return replace(rename(before, after, scene), name="rename_with_checks", covers=covers) if any(one.kind == "check" for one in covers) else None


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (f"COMMENT ON TABLE {scene.table(after)} IS {scene.q.literal(after.text('comment') or None)}",))


def set_comment_clause(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment_clause", (f"ALTER TABLE {scene.table(after)} COMMENT = {scene.q.literal(after.text('comment'))}",))


def _comment(node: Node, scene: Scene) -> tuple[str, ...]:
    return set_comment(node, node, scene).statements if node.text("comment") and not scene.q.comment("x") else ()


def set_logged(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_logged", (f"ALTER TABLE {scene.table(after)} SET {'UNLOGGED' if after.flag('unlogged') else 'LOGGED'}",))


def copy_beside_writers(before: Node, after: Node, scene: Scene) -> Strategy | PassedOver | None:
    """Another table is kept in step and takes its place."""
    return (shadow.copy_beside_writers(before, after, scene) or shadow_file.copy_beside_writers(before, after, scene)
            or shadow_transaction.copy_beside_writers(before, after, scene, create))


def save(node: Node, aside: Node, scene: Scene) -> Strategy:
    """The rows, copied to a table of our own; no value there is of a type that may be dropped as well. `*` leaves invisible columns out."""
    return Strategy("save", (f"CREATE TABLE {scene.name(*aside.id.path)} AS {_rows(node, scene)}",))


def _rows(node: Node, scene: Scene) -> str:
    columns = scene.before.children(node.id, "column")
    plain = ", ".join(keeping.kept(one, scene) for one in columns if not one.text("generated"))
    chosen = plain if any(keeping.of_made_type(one) or one.flag("invisible") for one in columns) else "*"
    return f"SELECT {chosen} FROM {scene.table(node)}"


def save_by_piece(node: Node, aside: Node, scene: Scene) -> Strategy | None:
    """Many rows, a few at a time: where all are copied at once, some servers keep writers waiting. Those that have numbers keep their order."""
    told, key = pieces(2, node, scene), next(keys(node.id, scene.before), ())
    if keeping.is_numbered(node.id, scene.before):
        told = tuple(replace(one, key=(scene.name(keeping.ROW_NUMBER),)) for one in told)
    if not told or any(keeping.of_made_type(scene.before[NodeId("column", (*node.id.path, one))]) for one in key):
        return None
    table, query = scene.name(*aside.id.path), _rows(node, scene)
    filled = keeping.by_piece(node.id, aside, query, [(scene.name(one),) * 3 for one in key], told, scene)
    index = f"CREATE UNIQUE INDEX {scene.name(aside.name + '_key')} ON {table} ({scene.names(key)})"
    return Strategy("save_by_piece", (f"CREATE TABLE {table} AS {query} WHERE 1 = 0", index, filled), pieces=told, apart=True)


def bring_back(node: Node, aside: Node, scene: Scene) -> Strategy:
    stated = [one for one in scene.before.children(node.id, "column") if not one.text("generated")]
    columns, values = scene.names(one.name for one in stated), ", ".join(keeping.brought(one, scene) for one in stated)
    into = f"({columns}) {scene.q.counted_insert}" if columns else ""
    text = f"INSERT INTO {scene.table(node)} {into}SELECT {values} FROM {scene.name(*aside.id.path)}"
    counting = (identity.count_on(one, identity.counter_of(one, scene), scene) for one in stated if one.text("identity") and scene.q.counted_insert)
    return _unheard(node, Strategy("bring_back", (text, *counting)))


def samples(schema: str) -> tuple[Sample, ...]:
    plain = noted(schema)
    whole, parent = table(schema, "rehearsed", plain), table(schema, "parent")
    owner, column_id, _ = table(schema, "moved")
    moved = (owner, column_id, key(schema, "moved", "rehearsed_pkey"), noted(schema, "moved"))
    counting = whole[1].with_(identity="always")
    more = column_of(schema, "more", type="integer")
    checked = of_table("check", schema, "rehearsed", "rehearsed_check", {"expression": "id > 0"}, ("id",))
    by_noted = of_table("index", schema, "rehearsed", "by_noted", {"unique": False, "columns": (Record(column="noted"),)}, ("noted",))

    def changed(slot: str, before: dict[str, Value], after: dict[str, Value]) -> Sample:
        return Sample(slot, table(schema, "rehearsed", plain, **before), table(schema, "rehearsed", plain, **after), whole[0].id)

    def lasting(before: dict[str, Value], after: dict[str, Value]) -> Sample:
        dates = tuple(column_of(schema, name, type="date", nullable=False) for name in ("since", "until"))
        return Sample("change.periods", table(schema, "rehearsed", *dates, **before), table(schema, "rehearsed", *dates, **after), whole[0].id)
    stored: dict[str, Value] = {"strict": False, "without_rowid": False}
    return (
        Sample("add", (), whole, whole[0].id),
        Sample("add", parent, (*parent, *whole, link(schema)), whole[0].id, "foreign_key"),
        Sample("add", (), (*whole, link(schema)), whole[0].id, "nothing"),
        Sample("add", (), (*whole, by_noted), whole[0].id, "index"),
        Sample("add", (), (*whole, by_noted), whole[0].id),
        Sample("drop", whole, (), whole[0].id),
        Sample("rename", whole, moved, moved[0].id),
        Sample("rename", (*whole[:1], counting, *whole[2:]), (owner, column_id.with_(identity="always"), *moved[2:]), moved[0].id),
        changed("change.comment", {}, {"comment": "said"}),
        changed("change.unlogged", {"unlogged": False}, {"unlogged": True}),
        changed("change.options", {"options": ()}, {"options": ("fillfactor=70",)}),
        changed("change.engine", {}, {"engine": "MyISAM"}),
        changed("change.charset", {"charset": "utf8mb4", "collation": "utf8mb4_bin"}, {"charset": "latin1", "collation": "latin1_swedish_ci"}),
        changed("change.collation", {"charset": "utf8mb4", "collation": "utf8mb4_bin"}, {"charset": "utf8mb4", "collation": "utf8mb4_general_ci"}),
        changed("change.row_format", {}, {"row_format": "COMPACT"}),
        changed("change.create_options", {}, {"create_options": ("STATS_PERSISTENT=1",)}),
        changed("change.create_options", {}, {"create_options": ("WITH SYSTEM VERSIONING",)}),
        changed("change.partitions", {}, {"partitions": "PARTITION BY HASH (id) PARTITIONS 2"}),
        changed("change.partitions", {"partitions": "PARTITION BY HASH (id) PARTITIONS 2"}, {}),
        _respread(schema),
        lasting({"periods": ()}, {"periods": ("PERIOD FOR `lasts` (`since`, `until`)",)}),
        changed("change.order", {"order": ("id", "noted")}, {"order": ("noted", "id")}),
        story(whole, whole[0]),
        *table_settings.samples(schema),
        *turning.samples(schema),
        *numbered.samples(schema),
        changed("rebuild", stored, {**stored, "without_rowid": True}),
        Sample("rebuild", (*whole, checked), (*whole, checked, more), whole[0].id, "check"),
        Sample("rebuild", (*whole, by_noted), (*whole, by_noted, more), whole[0].id),
    )


def _respread(schema: str) -> Sample:
    """From rows spread by one column to rows spread by another, with the key that must hold it."""
    def spread(by: str) -> tuple[Node, ...]:
        owner, id, _ = table(schema, "rehearsed", partitions=f"PARTITION BY HASH ({by}) PARTITIONS 2")
        return owner, id, column_of(schema, "other", type="integer", nullable=False), unnamed_key(schema, by)
    return Sample("change.partitions", spread("id"), spread("other"), table_id(schema, "rehearsed"))


KIND = Kind(
    name="table",
    doc="Rows of one shape.",
    attributes=(
        Attribute("unlogged", "flag", "not written to the log: fast, and empty after a crash", otherwise=False),
        Attribute("options", "names", "storage parameters, `name=value`", otherwise=()),
        Attribute("partition_by", "expression", "how its rows are spread over partitions", otherwise="", spelled=True),
        Attribute("strict", "flag", "values must be of the declared type", otherwise=False),
        Attribute("without_rowid", "flag", "stored by its primary key", otherwise=False),
        Attribute("engine", "text", "the storage engine", otherwise="", spelled=True),
        Attribute("charset", "text", "the character set of columns that do not say one", otherwise="", spelled=True),
        Attribute("collation", "text", "the collation of columns that do not say one", otherwise="", spelled=True),
        Attribute("row_format", "text", "how rows are laid out", otherwise="", spelled=True),
        Attribute("create_options", "names", "further options, as the server prints them", otherwise=(), spelled=True),
        Attribute("periods", "names", "periods of time and the like among its members, as the server prints them", otherwise=(), spelled=True),
        Attribute("partitions", "text", "the partitions, as the server prints them", otherwise="", spelled=True),
        Attribute("order", "names", "the order of its columns, where a server lets people choose it", yaml=False),
        *table_settings.ATTRIBUTES,
        Attribute("comment", "text", "what people should know about it", otherwise=""), OWNER,
    ),
    reads=(Read("pg_class", PG, read_pg, of=(1, 2)), *by_text(words.read_stored), by_table(read_shown)),
    add=(create, create_with_indexes, create_whole),
    drop=(drop, drop_aside),
    rename=(rename_with_counters, rename_with_checks, rename_with_links, rename),
    change={
        "comment": (set_comment, set_comment_clause),
        "owner": (give("TABLE"),),
        "unlogged": (set_logged,),
        "options": (set_options("TABLE"),),
        "partition_by": (turning.turn, turning.turn_into_partition, turning.turn_out_of_partition),
        "charset": (options.set_defaults,),
        "collation": (options.set_defaults,),
        "engine": (options.set_engine,),
        "row_format": (options.set_row_format,),
        "create_options": (options.set_create_options, options.set_versioned),
        "partitions": (options.spread_with_keys, options.set_partitions),
        "periods": (options.set_periods,),
        **table_settings.CHANGE,
        "order": (options.place_columns,),
    },
    rebuild=(rebuild,),
    copy=(copy_beside_writers,),
    keep=(save, save_by_piece),
    restore=(bring_back,),
    samples=samples,
    untold=("change.access_method", "change.tablespace"),
    rank=10,
    holds_rows=True,
    ease=options.undivided,
)

