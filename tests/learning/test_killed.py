"""kill -9 in the middle of learning leaves a scratch place behind, and the next start of sqlx removes it. Looked at from outside."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pymysql
import pytest

from tests.product import done, started
from tests.servers.databases import EMBEDDED, RealServer

pytestmark = pytest.mark.slow

TABLES = "table: t\ncolumns:\n  id: {type: bigint, nullable: false}\nprimary_key: [id]\n"


class Places:
    """The scratch places on a server that one process made, by its id."""

    def __init__(self, server: RealServer, process: int, folder: Path) -> None:
        self.server, self.process, self.folder = server, process, folder

    def __iter__(self) -> Iterator[str]:
        if self.server.label == EMBEDDED:
            return iter([one.name for one in self.folder.glob("sqlx-try-*")])
        return (one for one in self._databases() if one.startswith("_sqlx_scratch_") and str(self.process) in one.split("_"))

    def _databases(self) -> list[str]:
        if self.server.engine == "pg":
            with psycopg.connect(self.server.url) as session:
                return [name for (name,) in session.execute("SELECT datname FROM pg_database")]
        with pymysql.connect(host=self.server.host, port=self.server.port, user=self.server.user) as link, link.cursor() as cursor:
            cursor.execute("SHOW DATABASES")
            return [name for (name,) in cursor.fetchall()]

    def age(self) -> None:
        """As if a minute had gone by: where a name says when a place was made, it was made before."""
        for name in self if self.server.engine == "pg" else ():
            _, _, _, made, *rest = name.split("_")
            with psycopg.connect(self.server.url, autocommit=True) as session:
                session.execute(f"ALTER DATABASE {name} RENAME TO {'_'.join(('_sqlx_scratch', str(int(made) - 61), *rest))}".encode())


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_the_next_start_sweeps(server: RealServer, fresh_database: Callable[[RealServer], str], learned: None, tmp_path: Path,
                               monkeypatch: pytest.MonkeyPatch) -> None:
    url, scratch = fresh_database(server), tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    learner = started("learn", "--target", url, environment={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "nothing"), "TMPDIR": str(scratch)})
    places = Places(server, learner.pid, scratch)
    until(lambda: [*places], "learning takes place nowhere")
    learner.send_signal(signal.SIGKILL)
    learner.communicate()
    assert [*places], "it was gone before it was killed"

    def swept() -> bool:
        """The server may need a moment to see that nobody is there any more."""
        places.age()
        done("plan:diff", "--target", url, "--desired", tmp_path / "t.yaml")
        return not [*places]
    (tmp_path / "t.yaml").write_text(TABLES)
    until(swept, f"{[*places]} is still there")
