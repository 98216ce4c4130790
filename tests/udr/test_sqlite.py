"""SQLite's adapter: what the library does with exceptions of functions that it calls."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from kernel.core.errors import Refused, ServerError
from kernel.udr.adapters.sqlite import SQLiteAdapter, SQLiteSession

LONG = "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 1000000) SELECT count(*) FROM s"


@pytest.fixture
def session() -> Iterator[SQLiteSession]:
    opened = SQLiteSession(SQLiteAdapter(), ":memory:", make=True)
    yield opened
    opened.close()


def interrupting(*_: object) -> int:
    os.kill(os.getpid(), signal.SIGINT)
    return 0


def test_ctrl_c_while_the_library_asks_whether_it_may(session: SQLiteSession) -> None:
    session.link.set_authorizer(interrupting)
    with pytest.raises(KeyboardInterrupt):
        session.run("CREATE TABLE t (a)")


def test_ctrl_c_while_the_library_tells_how_far_it_is(session: SQLiteSession) -> None:
    session.link.set_progress_handler(interrupting, 1000)
    with pytest.raises(KeyboardInterrupt):
        session.rows(LONG)


@pytest.mark.parametrize("sql", ["ATTACH 'x.db' AS x", "attach database 'x.db' AS x", "VACUUM INTO 'x.db'"])
def test_another_file_is_refused_in_a_scratch_place(session: SQLiteSession, sql: str) -> None:
    with pytest.raises(ServerError):
        session.run(sql)


def test_what_the_library_does_not_take_is_refused(session: SQLiteSession) -> None:
    with pytest.raises(Refused):
        session.run("CREATE TABLE")
