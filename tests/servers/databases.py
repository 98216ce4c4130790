"""Scratch databases on real servers: made empty, dropped with everything that still uses them."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql

EMBEDDED = "sqlite"


@dataclass(frozen=True)
class RealServer:
    """A server that runs now. `label` is what people select it by (`pg-18`); `url` names no database of a test.

    `pid` is 0 where it has no process of its own."""

    label: str
    url: str
    host: str = ""
    port: int = 0
    user: str = ""
    pid: int = 0

    @property
    def engine(self) -> str:
        """`pg`, `mariadb`, `mysql` or `sqlite`."""
        return self.label.partition("-")[0]

    @property
    def version(self) -> str:
        """`18`, `10.11`, ...; empty for the embedded one."""
        return self.label.partition("-")[2]


@contextlib.contextmanager
def scratch(server: RealServer) -> Iterator[str]:
    """The URL of an empty database for the length of a block."""
    name = f"t_{secrets.token_hex(6)}"
    match server.engine:
        case "sqlite":
            made = _file(name)
        case "pg":
            made = _postgres(server, name)
        case _:
            made = _mysql(server, name)
    with made as url:
        yield url


@contextlib.contextmanager
def _file(name: str) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="sqlx-tests-"))
    path = folder / f"{name}.db"
    path.touch()
    try:
        yield f"sqlite:///{path}"
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _postgres(server: RealServer, name: str) -> Iterator[str]:
    _on_postgres(server, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield f"{server.url.rpartition('/')[0]}/{name}"
    finally:
        _on_postgres(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _on_postgres(server: RealServer, statement: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as session:
        session.execute(statement.encode())


@contextlib.contextmanager
def _mysql(server: RealServer, name: str) -> Iterator[str]:
    with _mysql_session(server) as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield f"{server.url}/{name}"
    finally:
        with _mysql_session(server) as cursor:
            _end_sessions(cursor, name)
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")


def _end_sessions(cursor: Any, name: str) -> None:
    """A session that a test left open would keep its locks, and DROP DATABASE would wait for them.

    `information_schema.processlist` cannot show a statement with characters beyond the first plane (MySQL), and another test may run one.
    """
    cursor.execute("SHOW PROCESSLIST")
    for number in [number for number, _, _, database, *_ in cursor.fetchall() if database == name]:
        with contextlib.suppress(pymysql.err.MySQLError):  # it went by itself
            cursor.execute(f"KILL {number}")


@contextlib.contextmanager
def _mysql_session(server: RealServer) -> Iterator[Any]:
    session = pymysql.connect(host=server.host, port=server.port, user=server.user, autocommit=True,
                              init_command="SET SESSION lock_wait_timeout = 20")
    try:
        with session.cursor() as cursor:
            yield cursor
    finally:
        session.close()
