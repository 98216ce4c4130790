"""A table that is copied and replaced while others write to it: no write is lost and none is refused, forward and back, also where sqlx is killed
at any statement and goes on or goes back; and all that the table has goes over."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest

from kernel.flows import plan as planning
from tests.faults.writers import Ledger, writing
from tests.knowledge import ports
from tests.observer import differences, observer
from tests.product import ROOT, done, plan_in, sqlx
from tests.recipes.recipe import declared
from tests.servers.databases import RealServer, scratch

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("server", ["mysql-9.7", "mariadb-10.11", "sqlite"], indirect=True)]

ROWS = 20_000
REACHED = 40_000_000
"""A number that a row had which is gone."""

PEOPLE = "CREATE TABLE people (id bigint PRIMARY KEY);"
BASE = {
    "mysql": PEOPLE + """CREATE TABLE ledger (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, amount int, twice bigint AS (amount * 2) STORED,
        code varchar(20), person bigint, UNIQUE KEY by_code (code), KEY by_person (person), KEY by_amount (amount),
        CONSTRAINT owned FOREIGN KEY (person) REFERENCES people (id) ON DELETE CASCADE);""",
    "sqlite": PEOPLE + """CREATE TABLE ledger (id integer PRIMARY KEY AUTOINCREMENT, amount integer, twice integer AS (amount * 2) STORED, code text,
        person bigint REFERENCES people (id) ON DELETE CASCADE, CONSTRAINT by_code UNIQUE (code));
        CREATE INDEX by_amount ON ledger (amount); CREATE TABLE heard (id integer);
        CREATE TRIGGER hears AFTER DELETE ON ledger BEGIN INSERT INTO heard VALUES (OLD.id); END;""",
}
CHANGED = {
    "mysql": (("amount int", "amount bigint"),
              ("KEY by_amount (amount)", "KEY by_amount (amount, id), CONSTRAINT small CHECK (amount < 1000000000)")),
    "sqlite": (("amount integer", "amount bigint"), ("CONSTRAINT by_code", "CONSTRAINT small CHECK (amount < 1000000000), CONSTRAINT by_code"),
               ("ON ledger (amount)", "ON ledger (amount, id)")),
}


class Ground:
    """One database with rows, and the plan for it."""

    def __init__(self, server: RealServer, url: str, folder: Path) -> None:
        self.server, self.url, self.plan = server, url, folder / "plan"
        make = "sqlite" if server.engine == "sqlite" else "mysql"
        base = desired = BASE[make]
        for one, other in CHANGED[make]:
            desired = desired.replace(one, other)
        self.here = observer(server, url)
        self.here.load(base)
        with scratch(server) as model:
            observer(server, model).load(desired)
            self.desired = observer(server, model).state()
        with closing(self.writers()) as session:
            if server.engine == "sqlite":
                session.execute("PRAGMA journal_mode = WAL")
            session.execute("INSERT INTO people VALUES (1), (2)")
            numbers = f"WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {ROWS})"
            numbers += " SELECT n, n, concat('c', n), n % 2 + 1 FROM g"
            if server.engine == "sqlite":
                numbers = numbers.replace("concat('c', n)", "'c' || n")
            else:
                session.execute(f"SET SESSION {'cte_max_recursion_depth' if server.engine == 'mysql' else 'max_recursive_iterations'} = 1000000")
            session.execute(f"INSERT INTO ledger (id, amount, code, person) {numbers}")
            session.execute(f"INSERT INTO ledger (id) VALUES ({REACHED})")
            session.execute(f"DELETE FROM ledger WHERE id = {REACHED}")
        self.base = self.here.state()
        (folder / "desired.sql").write_text(desired)
        with declared(url.partition(":")[0], 50_000_000):
            planning.run(planning.Request(url, (folder / "desired.sql",), out=self.plan), ports())
        self.ledger = Ledger({number: number for number in range(1, ROWS + 1)})

    def writers(self) -> Any:
        if self.server.engine == "sqlite":
            return sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False, timeout=60)
        return Session(pymysql.connect(host=self.server.host, port=self.server.port, user=self.server.user, autocommit=True,
                                       database=self.url.rpartition("/")[2]))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self.writers()) as session:
            return list(session.execute(query).fetchall())

    def is_true_to_the_ledger(self) -> None:
        assert self.ledger.errors == []
        assert self.ledger.writes > 20
        assert dict(self.rows("SELECT id, amount FROM ledger")) == self.ledger.rows
        assert self.rows("SELECT count(*) FROM ledger WHERE twice <> amount * 2") == [(0,)]
        assert self.rows("SELECT count(*) FROM ledger WHERE (code IS NULL) <> (person IS NULL)") == [(0,)]

    def counts_on(self) -> None:
        with closing(self.writers()) as session:
            session.execute("INSERT INTO ledger (amount) VALUES (1)")
            ((number,),) = session.execute("SELECT max(id) FROM ledger").fetchall()
            session.execute(f"DELETE FROM ledger WHERE id = {number}")
        assert number > REACHED

    def leaves_nothing(self) -> None:
        query = ("SELECT name FROM sqlite_schema" if self.server.engine == "sqlite" else
                 "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() UNION ALL"
                 " SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()")
        names = [str(name) for (name,) in self.rows(query)]
        assert not [name for name in names if name.startswith(("_sqlx_new", "_sqlx_old", "_sqlx_gone", "_sqlx_come", "_sqlx_changed", "_sqlx_link"))]

    def harmed(self, harm: str, what: str = "apply") -> int:
        words = (sys.executable, "-m", "tests.faults.child", harm, what, self.plan, "--target", self.url, "--yes")
        ended = subprocess.run([str(one) for one in words], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, text=True,
                               check=False)
        assert ended.returncode in (0, -signal.SIGKILL), ended.stdout + ended.stderr
        return ended.returncode


class Session:
    """A connection that runs statements as the others do."""

    def __init__(self, link: Any) -> None:
        self.link = link

    def execute(self, sql: str) -> Any:
        cursor = self.link.cursor()
        cursor.execute(sql)
        return cursor

    def close(self) -> None:
        self.link.close()


@pytest.fixture
def ground(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> Ground:
    return Ground(server, fresh_database(server), tmp_path)


def test_no_write_is_lost_or_refused_forward_and_back(ground: Ground) -> None:
    assert [step.strategy.name for step in plan_in(ground.plan).steps] == ["copy_beside_writers"]
    with writing(ground.writers, ground.ledger):
        done("apply", ground.plan, "--target", ground.url, "--yes")
    ground.is_true_to_the_ledger()
    ground.leaves_nothing()
    ground.counts_on()
    assert differences(ground.here.state(), ground.desired) == ""
    with writing(ground.writers, ground.ledger):
        done("rollback", ground.plan, "--target", ground.url, "--yes")
    ground.is_true_to_the_ledger()
    ground.leaves_nothing()
    ground.counts_on()
    assert differences(ground.here.state(), ground.base) == ""


@pytest.mark.parametrize("ending", ["apply", "rollback"])
def test_it_survives_being_killed_at_its_statements(ground: Ground, ending: str) -> None:
    number = 8 if ending == "apply" else 11
    for point in range(number, 120, 14):
        with writing(ground.writers, ground.ledger):
            killed = ground.harmed(f"kill:statement:{point}")
            if ending == "apply":
                done("apply", ground.plan, "--target", ground.url, "--yes", *(["--resume"] if killed == -signal.SIGKILL else []))
            else:
                sqlx("rollback", ground.plan, "--target", ground.url, "--yes")
        ground.is_true_to_the_ledger()
        ground.leaves_nothing()
        assert differences(ground.here.state(), ground.desired if ending == "apply" else ground.base) == "", f"killed at {point}"
        if ending == "apply":
            done("rollback", ground.plan, "--target", ground.url, "--yes")
            assert differences(ground.here.state(), ground.base) == "", f"killed at {point}"


def test_going_back_survives_being_killed_at_its_statements(ground: Ground) -> None:
    for point in range(9, 60, 10):
        done("apply", ground.plan, "--target", ground.url, "--yes")
        with writing(ground.writers, ground.ledger):
            if ground.harmed(f"kill:statement:{point}", "rollback") == -signal.SIGKILL:
                done("rollback", ground.plan, "--target", ground.url, "--yes")
        ground.is_true_to_the_ledger()
        ground.leaves_nothing()
        assert differences(ground.here.state(), ground.base) == "", f"killed at {point}"
