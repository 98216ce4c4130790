"""A database that another one follows by a publication of all tables: it would be told of the tables that sqlx makes for itself, and stop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.product import done, sqlx
from tests.servers import servers
from tests.servers.databases import RealServer

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)]

TABLE = "CREATE TABLE t (id integer PRIMARY KEY, a integer{more});"
TOLD = "CREATE PUBLICATION told FOR ALL TABLES;"
SECONDS = 30


@dataclass(frozen=True)
class Pair:
    """Two databases, of which the second follows the first."""

    leader: str
    follower: str

    def run(self, url: str, *statements: str) -> None:
        with closing(psycopg.connect(url, autocommit=True)) as session:
            for one in statements:
                session.execute(one.encode())

    def follows(self, number: int) -> bool:
        """A row that is written to the first one comes to the second."""
        self.run(self.leader, f"INSERT INTO t (id) VALUES ({number})")
        with closing(psycopg.connect(self.follower, autocommit=True)) as session:
            deadline = time.monotonic() + (SECONDS if number > 1 else SECONDS * 2)
            while time.monotonic() < deadline:
                if session.execute(f"SELECT 1 FROM t WHERE id = {number}".encode()).fetchall():
                    return True
                if number > 1 and self.stopped(session):
                    return False
                time.sleep(0.1)
        return False

    @staticmethod
    def stopped(session: psycopg.Connection[tuple[object, ...]]) -> bool:
        """It was refused a row, as far as the server counts that."""
        counted = "SELECT to_regclass('pg_catalog.pg_stat_subscription_stats') IS NOT NULL"
        if session.execute(counted.encode()).fetchall() != [(True,)]:
            return False
        return session.execute("SELECT sum(apply_error_count) > 0 FROM pg_catalog.pg_stat_subscription_stats").fetchall() == [(True,)]


@pytest.fixture
def pair(server: RealServer) -> Iterator[Pair]:
    """On servers of their own: a follower needs a log that says more."""
    options, mine = ("-c", "wal_level=logical"), os.getpid()
    with (servers.running("pg", server.version, f"leader-{mine}", options) as one,
          servers.running("pg", server.version, f"follower-{mine}", options) as other):
        made = Pair(one.url.rpartition("/")[0] + "/followed", other.url.rpartition("/")[0] + "/follows")
        made.run(one.url, "CREATE DATABASE followed", "CREATE DATABASE elsewhere")
        made.run(other.url, "CREATE DATABASE follows")
        made.run(made.leader, TABLE.format(more=""), TOLD)
        reached = f"host=127.0.0.1 port={one.port} user=postgres dbname=followed"
        made.run(made.follower, TABLE.format(more=""), f"CREATE SUBSCRIPTION s CONNECTION '{reached}' PUBLICATION told")
        yield made
        made.run(made.follower, "DROP SUBSCRIPTION s")


def test_a_plan_says_so_and_is_not_applied_until_that_is_accepted(pair: Pair, learned: None, tmp_path: Path) -> None:
    assert pair.follows(1)
    (tmp_path / "desired.sql").write_text(TABLE.format(more=", b integer") + TOLD)
    done("plan:diff", "--target", pair.leader, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    refused = sqlx("apply", tmp_path / "plan", "--target", pair.leader, "--yes")
    assert refused.code != 0
    assert "told-of-ours" in refused.said
    assert pair.follows(2), "nothing of ours was made"

    elsewhere = pair.leader.replace("/followed", "/elsewhere")
    (tmp_path / "other.sql").write_text("CREATE TABLE o (id integer PRIMARY KEY);")
    done("plan:diff", "--target", elsewhere, "--desired", tmp_path / "other.sql", "--out", tmp_path / "other")
    done("apply", tmp_path / "other", "--target", elsewhere, "--yes")
    ours = servers.run([servers.tool("pg_dump"), "--schema-only", "--schema=_sqlx_state", "--no-owner", "-d", elsewhere])
    with closing(psycopg.connect(pair.follower, autocommit=True)) as session:
        session.execute("\n".join(line for line in ours.splitlines() if not line.startswith(("\\", "SET "))).encode())
    pair.run(pair.follower, "ALTER TABLE public.t ADD COLUMN b integer")
    done("apply", tmp_path / "plan", "--target", pair.leader, "--yes", "--accept", "told-of-ours")
    assert pair.follows(3), "what it has and was not told to follow is ignored"


def test_without_them_it_stops(pair: Pair, learned: None, tmp_path: Path) -> None:
    """What the finding says is so."""
    assert pair.follows(1)
    (tmp_path / "desired.sql").write_text(TABLE.format(more=", b integer") + TOLD)
    done("plan:diff", "--target", pair.leader, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    pair.run(pair.follower, "ALTER TABLE t ADD COLUMN b integer")
    done("apply", tmp_path / "plan", "--target", pair.leader, "--yes", "--accept", "told-of-ours")
    assert not pair.follows(2)


def test_where_nobody_listens_nothing_is_said(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    url = fresh_database(server)
    with closing(psycopg.connect(url, autocommit=True)) as session:
        session.execute((TABLE.format(more="") + TOLD).encode())
    (tmp_path / "desired.sql").write_text(TABLE.format(more=", b integer") + TOLD)
    assert "told-of-ours" not in done("plan:diff", "--target", url, "--desired", tmp_path / "desired.sql").said
