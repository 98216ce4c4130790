"""What a plan looks at: what changes with all that hangs on it, and of what these need no more than they need."""

from __future__ import annotations

import pytest

from kernel.core.node import Catalog, Node, NodeId
from kernel.planning.near import around


def table(name: str, *targets: str) -> list[Node]:
    """A table with a key, and with one foreign key to each target."""
    id = NodeId("table", ("", name))
    key = NodeId("column", ("", name, "id"))
    links = [Node(NodeId("foreign_key", ("", name, f"to_{one}")), {}, id, frozenset({id, NodeId("column", ("", one, "id"))}), {"target": ("", one)})
             for one in targets]
    return [Node(id, {}), Node(key, {}, id, frozenset({id})), *links]


CHAIN = Catalog([*table("a"), *table("b", "a"), *table("c", "b"), *table("d", "c", "x"), *table("e", "d"), *table("x", "y"), *table("y")])
"""e -> d -> c -> b -> a, and d -> x -> y."""


@pytest.mark.parametrize(("touched", "found"), [
    pytest.param("table.c", "b c d d.to_c c.to_b", id="what-it-needs-without-what-that-needs-and-who-needs-it"),
    pytest.param("table.e", "d e e.to_d", id="a-table-that-is-only-needed-goes-without-its-own-foreign-keys"),
    pytest.param("table.a", "a b b.to_a", id="a-table-that-points-here-goes-without-its-other-foreign-keys"),
    pytest.param("foreign_key.d.to_x", "c d d.to_c d.to_x e e.to_d x", id="a-foreign-key-with-its-whole-table"),
    pytest.param("table.none", "", id="what-is-not-there-has-nothing-around-it"),
])
def test_around(touched: str, found: str) -> None:
    kind, *path = touched.split(".")
    near = around(CHAIN, [NodeId(kind, ("", *path))])
    columns = {one for one in near.found if one.kind == "column"}
    assert {one.label for one in near.found - columns} == set(found.split())
    assert {one.path[:2] for one in columns} == {one.path for one in near.found if one.kind == "table"}
    assert all(user.id in near.found for id in near.wide for user in CHAIN.dependants(id))
