"""`renamed_from` where both names are taken: nobody knows which one was meant, so that nothing is dropped without a word."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.product import done, plan_in, sqlx

TABLES = """CREATE TABLE sales (id integer PRIMARY KEY, old int, new int); CREATE TABLE orders (id integer PRIMARY KEY);
INSERT INTO sales VALUES (1, 2, 3);"""
SALES = "table: sales\ncolumns: {id: {type: native(integer)}, old: {type: native(int)}, new: {type: native(int)}}\nprimary_key: [id]\n"
ORDERS = "table: orders\nrenamed_from: sales\ncolumns: {id: {type: native(integer)}}\nprimary_key: [id]\n"
BESIDE = "---\ntable: orders\ncolumns: {id: {type: native(integer)}}\nprimary_key: [id]\n"
COLUMN = SALES.replace("old: {type: native(int)}, ", "").replace("new: {", "new: {renamed_from: old, ") + BESIDE


@pytest.mark.parametrize(("goal", "said"), [
    pytest.param(ORDERS, [("rename-taken", "error")], id="the old table is to go"),
    pytest.param(SALES + "---\n" + ORDERS, [("rename-done", "note")], id="both tables stay"),
    pytest.param(COLUMN, [("rename-taken", "error")], id="the old column is to go"),
    pytest.param(SALES.replace("new: {", "new: {renamed_from: old, ") + BESIDE, [("rename-done", "note")], id="both columns stay")])
def test_both_are_there(goal: str, said: list[tuple[str, str]], tmp_path: Path) -> None:
    url, plan, file = f"sqlite:///{tmp_path}/shop.db", tmp_path / "plan", tmp_path / "goal.yaml"
    with closing(sqlite3.connect(tmp_path / "shop.db")) as link:
        link.executescript(TABLES)
    file.write_text(goal)
    done("plan:diff", "--target", url, "--desired", file, "--out", plan)
    assert [(one.rule, one.severity) for one in plan_in(plan).findings if one.rule.startswith("rename")] == said
    applied = ("apply", plan, "--target", url, "--yes", "--allow-data-loss")
    if said == [("rename-taken", "error")]:
        assert sqlx(*applied).code == 3
        with closing(sqlite3.connect(tmp_path / "shop.db")) as link:
            assert link.execute("SELECT * FROM sales").fetchall() == [(1, 2, 3)]
        done(*applied, "--accept", "rename-taken")
