"""Function: a computation with a name. Its name here carries the types of its arguments: `add(integer, integer)`."""

from __future__ import annotations

from kernel.core.node import Node, NodeId, Value
from kernel.kinds import _programs as programs
from kernel.kinds import _routines as routines
from kernel.kinds._ownership import story
from kernel.kinds._spec import Attribute, Kind, Read, Sample

ATTRIBUTES = (
    *routines.ATTRIBUTES[:1],
    Attribute("returns", "type", "what it gives back", otherwise="", spelled=True),
    *routines.ATTRIBUTES[1:-2],
    Attribute("volatility", "text", "`immutable`, `stable` or `volatile`: on what its result depends", otherwise="volatile"),
    Attribute("strict", "flag", "gives null when an argument is null, without being run", otherwise=False),
    Attribute("leakproof", "flag", "tells nothing of its arguments but by its result", otherwise=False),
    Attribute("parallel", "text", "`safe`, `restricted` or `unsafe` to run in several processes", otherwise="unsafe"),
    Attribute("window", "flag", "works on the window of a query", otherwise=False),
    Attribute("cost", "text", "how dear the planner thinks it is, where that is not the usual", otherwise=""),
    Attribute("rows", "text", "how many rows the planner expects of it, where that is not the usual", otherwise=""),
    Attribute("support", "text", "the function that helps the planner with it", otherwise="", spelled=True),
    *routines.ATTRIBUTES[-2:],
)
AGGREGATE = Attribute("aggregate", "flag", "works on the rows of a group, which its body fetches one by one", otherwise=False)
"""What it is from the first: it cannot become one."""


def samples(schema: str) -> tuple[Sample, ...]:
    def function(name: str = "twice", arguments: str = "x integer", **attributes: Value) -> Node:
        said: dict[str, Value] = {"arguments": arguments, "returns": "integer", "language": "sql", "body": "SELECT 2 * x", "comment": ""}
        return Node(NodeId("function", (schema, f"{name}(integer)")), {**said, **attributes})
    here, renamed = function(), function("renamed")
    shown = Node(NodeId("function", (schema, "twice")), {"definition": "(x int) RETURNS int DETERMINISTIC RETURN 2 * x"})

    def change(before: Node = here, **attributes: Value) -> Sample:
        return Sample(f"change.{next(iter(attributes))}", (before,), (before.with_(**attributes),), before.id)
    sets = function(returns="SETOF integer")
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), Sample("rename", (here,), (renamed,), renamed.id),
            Sample("add", (), (shown,), shown.id), Sample("drop", (shown,), (), shown.id),
            change(shown, definition="(x int) RETURNS int DETERMINISTIC RETURN 3 * x"),
            change(body="SELECT 3 * x"), change(arguments="x integer DEFAULT 1"), change(volatility="immutable"), change(strict=True),
            change(security_definer=True), change(leakproof=True), change(window=True), change(returns="bigint"),
            change(parallel="safe"), change(cost="7"), change(sets, rows="7"), change(settings=("search_path TO 'public'",)),
            change(statement="RETURN 3 * x", body=""),
            change(language="plpgsql", body="BEGIN RETURN x; END"),
            change(support="pg_catalog.generate_series_int4_support"), change(comment="said"), story((here,), here))


KIND = Kind(
    name="function",
    doc="A computation with a name; the types of its arguments belong to the name.",
    attributes=(*ATTRIBUTES, programs.SQL_MODE, AGGREGATE),
    reads=(Read("pg_proc", routines.pg_query("p.prokind IN ('f', 'w')"), routines.read_pg("function")), routines.shown("FUNCTION")),
    add=(routines.create("FUNCTION"),),
    drop=(routines.drop("FUNCTION"),),
    rename=(routines.rename("FUNCTION"),),
    change=routines.changes("FUNCTION", ATTRIBUTES),
    samples=samples,
    untold=routines.UNTOLD,
    rank=65,
    shorthand="body",
)
