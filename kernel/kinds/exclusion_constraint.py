"""Exclusion constraint: no two rows overlap, or are otherwise alike, in these columns."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _constraints as constraints
from kernel.kinds import _marks as marks
from kernel.kinds._catalogs import of_table
from kernel.kinds._index_storage import set_storage
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._spec import Kind, Read, Sample, Scene

READ = constraints.read_pg("exclusion_constraint")


def read_pg(*row: object) -> Iterable[Node]:
    for node in READ(*row):
        yield node.without("columns")


def add(node: Node, scene: Scene) -> Strategy:
    return constraints.add(node, scene, constraints.named(node, scene) + node.text("definition"))


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", noted(schema))

    def exclusion(name: str = "none_alike", **attributes: Value) -> Node:
        stated: dict[str, Value] = {"definition": "EXCLUDE USING btree (noted WITH =)", **attributes}
        return of_table("exclusion_constraint", schema, "rehearsed", name, stated, ("noted",))
    here = exclusion()
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, exclusion("renamed")), exclusion("renamed").id),
            Sample("change.definition", (*whole, here),
                   (*whole, exclusion(definition="EXCLUDE USING btree (noted WITH =) WITH (fillfactor='70')")), here.id),
            Sample("change.clustered", (*whole, here), (*whole, exclusion(clustered=True)), here.id),
            Sample("change.comment", (*whole, here), (*whole, exclusion(comment="said")), here.id),
            marks.index_story((*whole, here), here))


KIND = Kind(
    name="exclusion_constraint",
    doc="No two rows are alike in these columns, by operators that one can choose.",
    attributes=(constraints.DEFINITION, constraints.COMMENT, *marks.MARKS, marks.INDEX_COMMENT),
    reads=(Read("pg_constraint", constraints.pg_query("x"), read_pg, of=(1, 2)),),
    add=(add,),
    drop=(constraints.drop,),
    rename=(constraints.rename,),
    change={"definition": (set_storage,), "comment": (constraints.set_comment,), **marks.OF_CONSTRAINT},
    samples=samples,
    untold=("change.replica_identity",),
    binds=lambda node: True,
    rank=33,
    section="exclusions",
    parent="table",
    shorthand="definition",
)
