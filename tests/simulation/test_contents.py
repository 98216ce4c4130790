"""Rows that may move, and rows that may not be missing."""

from __future__ import annotations

from collections import Counter

import pytest

from kernel.core.node import NodeId
from kernel.planning.contents import Contents, Moves, Table, lost

WHOLE, ONE, TWO, OTHER = (NodeId("table", ("", name)) for name in ("whole", "one", "two", "other"))
KIN = {one: {WHOLE, ONE, TWO} for one in (WHOLE, ONE, TWO)}
NAMED = {ONE: OTHER, NodeId("column", ("", "one", "a")): NodeId("column", ("", "other", "z"))}


def held(column: str = "a", **tables: str) -> Contents:
    """One column in each table, and a row for each letter."""
    return {NodeId("table", ("", name)): Table((column,), Counter((row,) for row in rows)) for name, rows in tables.items()}


@pytest.mark.parametrize(("before", "after", "moves", "says"), [
    pytest.param(held(one="xy"), held(one="yx"), Moves(), "", id="in another order"),
    pytest.param(held(one="xy"), held(one="x"), Moves(), "one had 2 rows and has 1", id="one is missing"),
    pytest.param(held(one="xy"), held(one="xz"), Moves(), "the values of one are others", id="one is another"),
    pytest.param(held(one="xx"), held(one="xy"), Moves(), "the values of one are others", id="one that was there twice"),
    pytest.param({ONE: Table(("a",), Counter([("1.50",)]))}, {ONE: Table(("a",), Counter([("1.5",)]))}, Moves(), "", id="a number with more digits"),
    pytest.param(held(one="x"), held("z", other="x"), Moves(NAMED), "", id="under other names"),
    pytest.param(held(one="x"), held("z", other="y"), Moves(NAMED), "the values of one are others", id="another under other names"),
    pytest.param(held(one="x", two="y"), held(one="xy", two=""), Moves(), "one had 1 rows and has 2", id="moved to a stranger"),
    pytest.param(held(whole="", one="x", two="y"), held(whole="", one="xy", two=""), Moves({}, KIN), "", id="moved among kin"),
    pytest.param(held(whole="", one="x", two="y"), held(whole="", two="yx"), Moves({}, KIN), "", id="moved out of one that goes"),
    pytest.param(held(whole="", one="x", two="y"), held(whole="", two="y"), Moves({}, KIN), "one and two and whole had 2 rows and has 1",
                 id="gone without a word"),
    pytest.param(held(whole="", one="x", two="y"), held(whole="", two="y"), Moves({}, KIN, {ONE}), "", id="given up"),
    pytest.param(held(whole="", one="x", two="yz"), held(whole="", two="y"), Moves({}, KIN, {ONE}), "one and two and whole had 2 rows and has 1",
                 id="more gone than was given up"),
])
def test_rows_are_missed(before: Contents, after: Contents, moves: Moves, says: str) -> None:
    assert lost(before, after, moves) == says
