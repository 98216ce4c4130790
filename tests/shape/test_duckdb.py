"""A server that sqlx has never heard of, taught by one file outside the checkout: `examples/duckdb`, installed like any package.

DuckDB is no dependency of ours: it is fetched into a folder of this test, and where that cannot be, the test says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.product import PROGRAM, ROOT

EXAMPLE = ROOT / "examples" / "duckdb"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("duckdb")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with DuckDB and the example's package in it."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(folder)]
    fetched = subprocess.run([*pip, "duckdb>=1.4"], capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"DuckDB cannot be had here: {(fetched.stderr.strip() or fetched.stdout.strip()).splitlines()[-1]}")
    subprocess.run([*pip, str(EXAMPLE)], capture_output=True, text=True, check=True)
    return folder


class Shop:
    """A database of DuckDB, and sqlx in a process that can see the package."""

    def __init__(self, site: Path, folder: Path) -> None:
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
        self.file = folder / "shop.duckdb"
        self.ask("SELECT 1")

    @property
    def url(self) -> str:
        return f"duckdb:///{self.file}"

    def sqlx(self, *words: str | Path, code: int = 0) -> str:
        done = subprocess.run([*PROGRAM, *map(str, words)], env=self.environment, cwd=self.file.parent, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def ask(self, sql: str) -> str:
        """What DuckDB itself says."""
        program = "import duckdb, sys; print(duckdb.connect(sys.argv[1]).execute(sys.argv[2]).fetchall())"
        argv = [sys.executable, "-c", program, str(self.file), sql]
        return subprocess.run(argv, env=self.environment, capture_output=True, text=True, check=True).stdout.strip()

    def change(self, name: str, schema: Path, *loses: str) -> Path:
        """Plan and apply; the second plan is empty."""
        folder = self.file.parent / name
        self.sqlx("plan:diff", "--target", self.url, "--desired", schema, "--out", folder)
        self.sqlx("apply", folder, "--target", self.url, "--yes", *loses)
        self.sqlx("plan:diff", "--target", self.url, "--desired", schema, "--detailed-exitcode")
        return folder


@pytest.fixture
def shop(site: Path, tmp_path: Path, learned: None) -> Shop:
    return Shop(site, tmp_path)


INDEXES = "SELECT index_name FROM duckdb_indexes() ORDER BY 1"
COLUMNS = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'orders' ORDER BY column_index"


def test_the_example_makes_tables_and_indexes(shop: Shop, tmp_path: Path) -> None:
    plan = shop.change("plan", EXAMPLE / "shop.yaml")
    assert shop.ask(INDEXES) == "[('customers_email',), ('orders_customer',)]"
    shop.ask("INSERT INTO customers VALUES (1, 'ann@example.org', '2026-01-01')")
    shop.ask("INSERT INTO orders VALUES (1, 1, 9.99, 'new'), (2, 1, NULL, NULL)")
    before, columns = shop.ask("SELECT * FROM orders ORDER BY id"), shop.ask(COLUMNS)

    text = (EXAMPLE / "shop.yaml").read_text()
    changed = tmp_path / "changed.yaml"
    changed.write_text(text.replace("decimal(10, 2)", "decimal(12, 2)").replace("[customer_id, state]", "[state]")
                       + "---\ntable: items\ncolumns: {order_id: bigint, number: integer}\nindexes: {items_order: [order_id]}\n")
    next = shop.change("next", changed, "--allow-data-loss")
    assert shop.ask(INDEXES) == "[('customers_email',), ('items_order',), ('orders_customer',)]"
    assert "DECIMAL(12,2)" in shop.ask(COLUMNS)
    assert shop.ask("SELECT * FROM orders ORDER BY id") == before

    shop.sqlx("rollback", next, "--target", shop.url, "--yes")
    assert shop.ask(COLUMNS) == columns
    assert shop.ask("SELECT * FROM orders ORDER BY id") == before
    for table in ("orders", "customers"):
        shop.ask(f"DELETE FROM {table}")
    shop.sqlx("rollback", plan, "--target", shop.url, "--yes")
    assert shop.ask("SELECT table_name FROM duckdb_tables() WHERE table_name NOT LIKE '\\_sqlx%' ESCAPE '\\'") == "[]"


def test_what_it_does_not_read_is_named(shop: Shop, tmp_path: Path) -> None:
    shop.ask("CREATE VIEW numbers AS SELECT 1 AS one")
    shop.ask("CREATE TABLE t (id BIGINT CHECK (id > 0))")
    (tmp_path / "t.yaml").write_text("table: t\ncolumns: {id: bigint, other: bigint}\n")
    said = shop.sqlx("plan:diff", "--target", shop.url, "--desired", tmp_path / "t.yaml")
    assert "view numbers" in said
    assert "check" in said


def test_what_it_can_do_is_learned_and_not_listed(shop: Shop) -> None:
    said = shop.sqlx("learn", "--target", shop.url, "--json")
    assert '"index.add.create"' in said
    text = (EXAMPLE / "sqlx_duckdb.py").read_text()
    assert "ALTER TABLE" not in text
    assert "CREATE INDEX" not in text
