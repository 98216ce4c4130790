"""How many rows a file's tables are taken to have: counted where they are few, never fewer than there are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kernel.core.address import Address
from kernel.core.node import NodeId
from kernel.udr.adapters import sqlite
from kernel.udr.port import TableSize

MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO {} SELECT i, i FROM n"


@pytest.mark.parametrize(("table", "more", "size"), [
    ("t (id integer PRIMARY KEY, a)", "DELETE FROM t WHERE id > 40", TableSize(40)),
    ("t (id integer PRIMARY KEY, a)", "DELETE FROM t WHERE id = 59", TableSize(-1, most=60)),
    ("t (id integer PRIMARY KEY, a)", "UPDATE t SET id = -5 WHERE id = 1", TableSize(-1, most=66)),
    ("t (id text, a)", "", TableSize(-1, most=60)),
    ("t (id integer, a, PRIMARY KEY (id)) WITHOUT ROWID", "", TableSize(60)),
    ("t (id integer, rowid text)", "", TableSize(60))])
def test_sizes(table: str, more: str, size: TableSize, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "COUNTED", 50)
    with sqlite3.connect(tmp_path / "a.db") as link:
        link.execute(f"CREATE TABLE {table}")
        link.execute(MANY.format("t"))
        link.execute(more or "SELECT 1")
    link.close()
    adapter = sqlite.SQLiteAdapter()
    session = adapter.connect(Address("sqlite", path=str(tmp_path / "a.db")))
    found = adapter.sizes(session)[NodeId("table", ("", "t"))]
    session.close()
    assert found == size
    assert found.rows_at_most >= 40
