"""Primary key: the columns that name a row. A table has at most one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Node, Record, Value
from kernel.core.strategy import Check, PassedOver, Strategy
from kernel.kinds import _constraints as constraints
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _marks as marks
from kernel.kinds import _offenders as offenders
from kernel.kinds import _parts as parts
from kernel.kinds._beside_writers import aside, unhurried
from kernel.kinds._catalogs import of_table
from kernel.kinds._counting import add_key_of_counting, drop_key_of_counting
from kernel.kinds._index_storage import set_storage
from kernel.kinds._rehearsal import column as rehearsed_column
from kernel.kinds._rehearsal import key, table, unnamed_key
from kernel.kinds._shown_text import ShownTable, by_table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds._stored_text import by_text, read_table


def read_stored(table: str, sql: str) -> Iterable[Node]:
    for one in read_table(sql).constraints:
        if one.sort == "primary":
            columns = tuple(Record(column=name, options=options) if options else Record(column=name) for name, options in one.columns)
            attributes: dict[str, Value] = {"columns": columns, "named": bool(one.name), "conflict": one.conflict}
            yield of_table("primary_key", "", table, one.name or "primary key", attributes, [name for name, _ in one.columns])


def read_shown(table: str, shown: ShownTable) -> Iterable[Node]:
    for one in shown.keys:
        if one.sort == "PRIMARY":
            attributes: dict[str, Value] = {"columns": one.parts, "named": False, "method": one.method, "options": one.options,
                                            "comment": one.comment}
            yield of_table("primary_key", "", table, one.name, attributes, one.columns)


def clause(node: Node, scene: Scene) -> str:
    if node.text("definition"):
        return constraints.named(node, scene) + node.text("definition")
    counted = [one for one in scene.after.children(node.parent, "column") if one.text("identity")]
    counts = " AUTOINCREMENT" if counted and scene.q.identity_in_key else ""
    return (f"{constraints.named(node, scene)}PRIMARY KEY ({constraints.key_columns(node, scene)}{counts}){constraints.conflict(node)}"
            f"{constraints.key_options(node, scene)}")


def add(node: Node, scene: Scene) -> Strategy:
    return constraints.add(node, scene, clause(node, scene), checks=_checks(node, scene))


def add_beside_writers(node: Node, scene: Scene) -> Strategy | None:
    """The index is built while writers write on, and then adopted."""
    return by_index(node, scene, _checks(node, scene))


def by_index(node: Node, scene: Scene, checks: tuple[Check, ...]) -> Strategy | None:
    """Of a table with partitions, the whole is made without its parts first; it holds when the last of them is part of it."""
    if parts.comes_along(node, scene) or not parts.is_adoptable(node, scene):
        return None
    texts = (*parts.create(node, scene, parts.BESIDE), *marks.made(node, scene))
    made = Strategy("add_beside_writers", texts, checks=checks, apart=True, sweep=parts.take_off(node, scene)[1:])
    if inheritance.is_spread(node, scene):
        made = parts.with_parts(replace(made, sweep=()), node, scene, parts.BESIDE)
    return unhurried(made) if made.covers or made.sweep else None


def replace_by_index(before: Node, after: Node, scene: Scene, checks: tuple[Check, ...]) -> Strategy | PassedOver | None:
    """The index of the new key is built while writers write on and the old key holds; then it takes its place.

    Source: https://www.postgresql.org/docs/current/sql-altertable.html, "Examples"
    """
    if not (parts.stands_alone(before, scene.before) and parts.stands_alone(after, scene.goal)):
        return None
    if not parts.is_adoptable(after, scene):
        return PassedOver("replace_beside_writers", "it says more than its columns")
    table, built, name = scene.table(after), scene.name(aside(after.id)), scene.name(after.name)
    swap = f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {parts.WORDS[after.id.kind]} USING INDEX {built}"
    said = (constraints.comment_statement(after, scene),) if after.text("comment") else ()
    return unhurried(Strategy(
        "replace_beside_writers",
        (f"CREATE UNIQUE INDEX CONCURRENTLY {built} ON {table} ({constraints.key_columns(after, scene)})",
         ";\n".join((swap, *said, *marks.made(after, scene)))),
        attributes=tuple({*before.attributes, *after.attributes}), checks=checks, apart=True,
        sweep=(f"DROP INDEX IF EXISTS {scene.name(after.id.path[0], aside(after.id))}",)))


def replace_at_once(before: Node, after: Node, scene: Scene) -> Strategy | None:
    return constraints.replace_at_once(before, after, scene, clause(after, scene), _checks(after, scene))


def replace_beside_writers(before: Node, after: Node, scene: Scene) -> Strategy | PassedOver | None:
    return replace_by_index(before, after, scene, _checks(after, scene))


def _checks(node: Node, scene: Scene) -> tuple[Check, ...]:
    """Rows whose key is null or not the only one."""
    columns = [one.text("column") for one in node.records("columns") if one.text("column")]
    if not columns:
        return ()
    empty = " OR ".join(f"{scene.name(one)} IS NULL" for one in columns)
    return (offenders.twice(node, columns, "", scene), offenders.rows(node, empty, scene, instead=columns))


def drop_by_sort(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop_by_sort", (f"ALTER TABLE {scene.table(node)} DROP PRIMARY KEY",))


def add_with_counting(node: Node, scene: Scene) -> Strategy | None:
    return add_key_of_counting(node, scene, clause(node, scene))


def drop_with_counting(node: Node, scene: Scene) -> Strategy | None:
    return drop_key_of_counting(node, scene, "DROP PRIMARY KEY")


def swap(before: Node, after: Node, scene: Scene) -> Strategy:
    """Never without a key: a column that counts must be one, and foreign keys may need it."""
    attributes = tuple({*before.attributes, *after.attributes})
    text = f"ALTER TABLE {scene.table(after)} DROP PRIMARY KEY, ADD {clause(after, scene)}"
    return Strategy("swap", (text,), attributes=attributes, checks=_checks(after, scene))


def samples(schema: str) -> tuple[Sample, ...]:
    owner, column, _ = table(schema)
    here = key(schema)
    alike, other = unnamed_key(schema), rehearsed_column(schema, "other", type="integer", nullable=False)
    both, counting = unnamed_key(schema, "other", "id"), column.with_(identity="default")
    return (
            Sample("add", (owner, column), (owner, column, alike), alike.id), Sample("drop", (owner, column, alike), (owner, column), alike.id),
            Sample("add", (owner, column), (owner, counting, alike), alike.id), Sample("drop", (owner, counting, alike), (owner, column), alike.id),
            Sample("change.columns", (owner, column, other, alike), (owner, column, other, both), both.id),
            Sample("change.columns", (owner, column, other, here), (owner, column, other, here.with_(columns=both.get("columns"))), here.id),
            Sample("change.definition", (owner, column, here.with_(definition="PRIMARY KEY (id)")),
                   (owner, column, here.with_(definition="PRIMARY KEY (id) DEFERRABLE")), here.id),
            Sample("change.definition", (owner, column, here.with_(definition="PRIMARY KEY (id)")),
                   (owner, column, here.with_(definition="PRIMARY KEY (id) WITH (fillfactor='70')")), here.id, ways=("set_storage",)),
            Sample("change.comment", (owner, column, alike), (owner, column, alike.with_(comment="said")), alike.id),
            Sample("change.method", (owner, column, alike), (owner, column, alike.with_(method="BTREE")), alike.id),
            Sample("change.options", (owner, column, alike), (owner, column, alike.with_(options="KEY_BLOCK_SIZE=4")), alike.id),
            Sample("add", (owner, column), (owner, column, here), here.id), Sample("drop", (owner, column, here), (owner, column), here.id),
            Sample("rename", (owner, column, here), (owner, column, key(schema, name="renamed")), key(schema, name="renamed").id),
            Sample("change.comment", (owner, column, here), (owner, column, here.with_(comment="said")), here.id),
            *marks.stories((owner, column, here), here), marks.index_story((owner, column, here), here))


KIND = Kind(
    name="primary_key",
    doc="The columns that name a row.",
    attributes=(Attribute("columns", "keys", "in key order"), constraints.DEFINITION, constraints.COMMENT, *marks.MARKS, marks.INDEX_COMMENT,
                Attribute("method", "text", "how its index is built, where one can choose", otherwise="", spelled=True),
                Attribute("options", "text", "further options of its index", otherwise="", spelled=True),
                Attribute("conflict", "text", "what a second row with the same key does", otherwise="", yaml=False),
                Attribute("named", "flag", "people gave it a name", otherwise=True, yaml=False)),
    reads=(Read("pg_constraint", constraints.pg_query("p"), constraints.read_pg("primary_key"), of=(1, 2)),
           *by_text(read_stored),
           by_table(read_shown)),
    add=(add_with_counting, add, add_beside_writers),
    drop=(drop_with_counting, constraints.drop, drop_by_sort),
    rename=(constraints.rename,),
    change={"columns": (swap, replace_at_once, replace_beside_writers), "definition": (set_storage, replace_at_once, replace_beside_writers),
            "method": (swap,), "options": (swap,), "comment": (constraints.set_comment, swap), **marks.OF_CONSTRAINT},
    samples=samples,
    binds=lambda node: True,
    rank=30,
    section="primary_key",
    parent="table",
    shorthand="columns",
    is_plain=lambda node: constraints.says_no_more("PRIMARY KEY", node),
    single=True,
)
