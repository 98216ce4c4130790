"""A table moves to another tablespace and back: no scratch place can tell whether that can be done, so that the twin of the plan does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.observer import observer
from tests.product import done, plan_in
from tests.servers.databases import RealServer

PLACE = "_sqlx_test_place"


@pytest.mark.parametrize("label", ["pg-18"])
def test_a_table_moves(label: str, real_server: Callable[[str], RealServer], fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    server = real_server(label)
    with psycopg.connect(server.url, autocommit=True) as session, contextlib.suppress(psycopg.errors.DuplicateObject):
        session.execute("SET allow_in_place_tablespaces = on")
        session.execute(f"CREATE TABLESPACE {PLACE} LOCATION ''".encode())
    here = observer(server, fresh_database(server))
    here.load("CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1), (2); CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;")
    (tmp_path / "desired.sql").write_text(f"CREATE TABLE t (id integer PRIMARY KEY) TABLESPACE {PLACE};\n"
                                          f"CREATE MATERIALIZED VIEW m TABLESPACE {PLACE} AS SELECT 1 AS one;\n")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.sql", "--twin", "same", "--out", tmp_path / "plan")
    assert [step.strategy.name for step in plan_in(tmp_path / "plan").steps] == ["put", "set_tablespace"]
    done("apply", tmp_path / "plan", "--target", here.url, "--yes")
    assert there(here.url) == {"t", "m"}
    done("rollback", tmp_path / "plan", "--target", here.url, "--yes")
    assert there(here.url) == set()


def there(url: str) -> set[str]:
    """What lies in that place."""
    query = "SELECT c.relname FROM pg_class AS c JOIN pg_tablespace AS s ON s.oid = c.reltablespace WHERE s.spcname = %s"
    with psycopg.connect(url) as session:
        return {name for (name,) in session.execute(query, (PLACE,)).fetchall()}
