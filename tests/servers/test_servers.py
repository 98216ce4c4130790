"""The servers that the other tests stand on: fresh databases are empty, apart, and gone afterwards; dead runs are cleared."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from tests.servers import servers
from tests.servers.databases import RealServer, scratch
from tests.servers.run import LABELS, NotHere, Run, clear_dead_runs, selection

ROOT = Path(__file__).parents[2]


def connect(server: RealServer, url: str) -> Any:
    """A plain driver connection, closed with `closing`."""
    match server.engine:
        case "sqlite":
            return sqlite3.connect(url.removeprefix("sqlite:///"))
        case "pg":
            return psycopg.connect(url)
    return pymysql.connect(host=server.host, port=server.port, user=server.user, database=url.rpartition("/")[2])


def test_fresh_databases_are_apart(server: RealServer, fresh_database: Callable[[RealServer], str]) -> None:
    one, two = fresh_database(server), fresh_database(server)
    assert one != two
    for url in (one, two):
        with closing(connect(server, url)) as session:
            session.cursor().execute("CREATE TABLE things (id integer)")
            session.commit()


def test_a_database_goes_even_when_a_session_still_locks_it(server: RealServer) -> None:
    with scratch(server) as url:
        session = connect(server, url)
        session.cursor().execute("CREATE TABLE things (id integer)")
        session.cursor().execute("INSERT INTO things VALUES (1)")
    with closing(session):
        assert not exists(server, url)


def exists(server: RealServer, url: str) -> bool:
    if server.engine == "sqlite":
        return Path(url.removeprefix("sqlite:///")).exists()
    try:
        connect(server, url).close()
    except (psycopg.OperationalError, pymysql.OperationalError):
        return False
    return True


def test_the_server_is_the_one_that_its_label_says(server: RealServer, fresh_database: Callable[[RealServer], str]) -> None:
    ask = {"sqlite": "SELECT sqlite_version()", "pg": "SHOW server_version"}.get(server.engine, "SELECT version()")
    with closing(connect(server, fresh_database(server))) as session:
        cursor = session.cursor()
        cursor.execute(ask)
        (words,) = cursor.fetchone()
    assert words.startswith(server.version)
    assert ("MariaDB" in words) == (server.engine == "mariadb")


def test_a_selection_names_known_servers() -> None:
    assert selection(None) == selection("") == LABELS
    assert selection("pg-18, sqlite") == ("sqlite", "pg-18")
    with pytest.raises(ValueError, match=r"there is no pg-9 \(there are sqlite, pg-15"):
        selection("pg-9")


def test_a_server_that_cannot_start_is_remembered_with_its_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[str] = []

    def refuse(engine: str, version: str, name: str) -> servers.Server:
        calls.append(engine)
        raise servers.Failure("npm: not on this machine")

    monkeypatch.setattr(servers, "home", lambda: tmp_path)
    monkeypatch.setattr(servers, "folder", lambda name: _folder(tmp_path / name))
    monkeypatch.setattr(servers, "start", refuse)
    run = Run("tests-none")
    for _ in range(2):
        with pytest.raises(NotHere, match="npm: not on this machine"):
            run.server("pg-18")
    run.end()
    assert calls == ["pg"]
    assert run.refused == {"pg-18": "npm: not on this machine"}
    assert list((tmp_path / "lock").iterdir()) == []


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


KILLED = """
import os, signal, sys
from tests.servers.run import Run
run = Run("tests-killed-" + sys.argv[1])
print(run.server("pg-18").url, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_what_a_killed_run_left_behind_is_cleared(real_server: Callable[[str], RealServer]) -> None:
    real_server("pg-18")  # skips where it cannot be had
    token = str(os.getpid())
    killed = subprocess.run([sys.executable, "-c", KILLED, token], cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    left = servers.find("pg", "18", f"tests-killed-{token}")
    assert left is not None
    clear_dead_runs()
    assert not servers.is_alive(left)
    assert not Path(left.data).exists()
    assert servers.is_alive(_running(real_server("pg-18")))


def _running(server: RealServer) -> servers.Server:
    """The record of the instance that this run uses."""
    records = (servers.Server(**json.loads(path.read_text())) for path in (servers.home() / "run").glob("*/state.json"))
    return next(record for record in records if record.port == server.port)
