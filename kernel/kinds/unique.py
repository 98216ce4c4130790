"""Unique constraint: no two rows have the same values here. Where a server keeps it as an index, it is read as one."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, Record, Value
from kernel.core.strategy import Check, PassedOver, Strategy
from kernel.kinds import _constraints as constraints
from kernel.kinds import _marks as marks
from kernel.kinds import _offenders as offenders
from kernel.kinds._catalogs import of_table
from kernel.kinds._index_storage import set_storage
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds._stored_text import by_text, read_table
from kernel.kinds.primary_key import by_index, replace_by_index


def read_stored(table: str, sql: str) -> Iterable[Node]:
    for one in read_table(sql).constraints:
        if one.sort == "unique":
            names = [name for name, _ in one.columns]
            columns = tuple(Record(column=name, options=options) if options else Record(column=name) for name, options in one.columns)
            attributes: dict[str, Value] = {"columns": columns, "named": bool(one.name), "conflict": one.conflict}
            yield of_table("unique", "", table, one.name or constraints.unnamed("unique", names), attributes, names)


def clause(node: Node, scene: Scene) -> str:
    said = node.text("definition") or f"UNIQUE ({constraints.key_columns(node, scene)}){constraints.conflict(node)}"
    return constraints.named(node, scene) + said


def add(node: Node, scene: Scene) -> Strategy:
    return constraints.add(node, scene, clause(node, scene), checks=duplicates(node, scene))


def add_beside_writers(node: Node, scene: Scene) -> Strategy | None:
    """The index is built while writers write on, and then adopted."""
    return by_index(node, scene, duplicates(node, scene))


def replace_at_once(before: Node, after: Node, scene: Scene) -> Strategy | None:
    return constraints.replace_at_once(before, after, scene, clause(after, scene), _new_duplicates(before, after, scene))


def replace_beside_writers(before: Node, after: Node, scene: Scene) -> Strategy | PassedOver | None:
    return replace_by_index(before, after, scene, _new_duplicates(before, after, scene))


def _new_duplicates(before: Node, after: Node, scene: Scene) -> tuple[Check, ...]:
    """Rows that were told apart by columns that the key has no more."""
    return () if set(before.records("columns")) <= set(after.records("columns")) else duplicates(after, scene)


def duplicates(node: Node, scene: Scene) -> tuple[Check, ...]:
    """The keys that more than one row has; nulls are never equal."""
    columns = [one.text("column") for one in node.records("columns") if one.text("column") and not one.get("length")]
    if not columns or len(columns) < len(node.records("columns")) or "NULLS NOT DISTINCT" in node.text("definition"):
        return ()
    return (offenders.twice(node, columns, " AND ".join(f"{scene.name(one)} IS NOT NULL" for one in columns), scene),)


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", noted(schema))
    def unique(name: str = "noted_once", **attributes: Value) -> Node:
        return of_table("unique", schema, "rehearsed", name, {"columns": (Record(column="noted"),), **attributes}, ("noted",))
    here, noted_here = unique(), noted(schema, nullable=False)
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, unique("renamed")), unique("renamed").id),
            Sample("change.columns", (*whole, here), (*whole, unique(columns=(Record(column="noted"), Record(column="id")))), here.id),
            Sample("change.definition", (*whole, unique(definition="UNIQUE (noted)")),
                   (*whole, unique(definition="UNIQUE (noted) DEFERRABLE")), here.id),
            Sample("change.definition", (*whole, unique(definition="UNIQUE (noted)")),
                   (*whole, unique(definition="UNIQUE (noted) WITH (fillfactor='70')")), here.id, ways=("set_storage",)),
            Sample("change.comment", (*whole, here), (*whole, unique(comment="said")), here.id), *marks.stories((*whole[:3], noted_here, here), here),
            marks.index_story((*whole, here), here))


KIND = Kind(
    name="unique",
    doc="No two rows have the same values here.",
    attributes=(Attribute("columns", "keys", "in key order"), constraints.DEFINITION, constraints.COMMENT, *marks.MARKS, marks.INDEX_COMMENT,
                Attribute("conflict", "text", "what a second row with the same key does", otherwise="", yaml=False),
                Attribute("named", "flag", "people gave it a name", otherwise=True, yaml=False)),
    reads=(Read("pg_constraint", constraints.pg_query("u"), constraints.read_pg("unique"), of=(1, 2)),
           *by_text(read_stored)),
    add=(add, add_beside_writers),
    drop=(constraints.drop,),
    rename=(constraints.rename,),
    change={"columns": (replace_at_once, replace_beside_writers),
            "definition": (set_storage, replace_at_once, replace_beside_writers), "comment": (constraints.set_comment,),
            **marks.OF_CONSTRAINT},
    samples=samples,
    binds=lambda node: True,
    rank=31,
    section="unique",
    parent="table",
    shorthand="columns",
    is_plain=lambda node: constraints.says_no_more("UNIQUE", node),
    kept_as=("index",),
)
