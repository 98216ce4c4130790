"""Procedure: a program that is called for what it does. Its name here carries the types of its arguments."""

from __future__ import annotations

from kernel.core.node import Node, NodeId, Value
from kernel.kinds import _programs as programs
from kernel.kinds import _routines as routines
from kernel.kinds._ownership import story
from kernel.kinds._spec import Kind, Read, Sample


def samples(schema: str) -> tuple[Sample, ...]:
    def procedure(name: str = "does", **attributes: Value) -> Node:
        said: dict[str, Value] = {"arguments": "x integer", "language": "sql", "body": "SELECT x", "comment": ""}
        return Node(NodeId("procedure", (schema, f"{name}(integer)")), {**said, **attributes})
    here, renamed = procedure(), procedure("renamed")
    shown = Node(NodeId("procedure", (schema, "does")), {"definition": "(x int) SET @sqlx = x"})

    def change(before: Node = here, **attributes: Value) -> Sample:
        return Sample(f"change.{next(iter(attributes))}", (before,), (before.with_(**attributes),), before.id)
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), Sample("rename", (here,), (renamed,), renamed.id),
            Sample("add", (), (shown,), shown.id), Sample("drop", (shown,), (), shown.id),
            change(shown, definition="(x int) SET @sqlx = 2 * x"),
            change(body="SELECT 3 * x"), change(arguments="x integer DEFAULT 1"), change(security_definer=True),
            change(settings=("search_path TO 'public'",)), change(statement="BEGIN ATOMIC SELECT 1; END", body=""),
            change(language="plpgsql", body="BEGIN END"), change(comment="said"), story((here,), here))


KIND = Kind(
    name="procedure",
    doc="A program that is called for what it does; the types of its arguments belong to the name.",
    attributes=(*routines.ATTRIBUTES, programs.SQL_MODE),
    reads=(Read("pg_proc", routines.pg_query("p.prokind = 'p'"), routines.read_pg("procedure")), routines.shown("PROCEDURE")),
    add=(routines.create("PROCEDURE"),),
    drop=(routines.drop("PROCEDURE"),),
    rename=(routines.rename("PROCEDURE"),),
    change=routines.changes("PROCEDURE", routines.ATTRIBUTES),
    samples=samples,
    untold=routines.UNTOLD,
    rank=65,
    shorthand="body",
)
