"""A column of another type and one with a value for each row, on a table that others write to all the while: no write is lost and none is
refused, forward and back, also where sqlx is killed at any statement and goes on or goes back."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from kernel.core.plan import Plan
from kernel.flows import plan as planning
from tests.faults.writers import Ledger, writing
from tests.knowledge import ports
from tests.observer import observer
from tests.product import ROOT, done, plan_in
from tests.recipes.recipe import declared
from tests.servers.databases import RealServer

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)]

ROWS = 30_000
BASE = "CREATE TABLE ledger (id integer PRIMARY KEY, amount integer); CREATE INDEX by_amount ON ledger (amount)"
DESIRED = """CREATE TABLE ledger (id integer PRIMARY KEY, amount bigint, token uuid NOT NULL DEFAULT gen_random_uuid());
CREATE INDEX by_amount ON ledger (amount)"""


class Ground:
    """One database with rows, and the plan for it."""

    def __init__(self, server: RealServer, url: str, folder: Path) -> None:
        self.server, self.url, self.plan = server, url, folder / "plan"
        self.here = observer(server, url)
        self.here.load(BASE)
        self.here.load(f"INSERT INTO ledger SELECT g, g FROM generate_series(1, {ROWS}) AS g")
        self.base = self.here.state()
        (folder / "desired.sql").write_text(DESIRED)
        with declared(url.partition(":")[0], 50_000_000):
            planning.run(planning.Request(url, (folder / "desired.sql",), out=self.plan), ports())
        self.ledger = Ledger({number: number for number in range(1, ROWS + 1)})

    def writers(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url, autocommit=True)

    def rows(self) -> dict[int, int]:
        with self.writers() as session:
            return {int(str(key)): int(str(amount)) for key, amount in session.execute("SELECT id, amount FROM ledger").fetchall()}

    def is_true_to_the_ledger(self) -> None:
        assert self.ledger.errors == []
        assert self.ledger.writes > 20
        assert self.rows() == self.ledger.rows

    def harmed(self, harm: str) -> int:
        words = (sys.executable, "-m", "tests.faults.child", harm, "apply", self.plan, "--target", self.url, "--yes")
        return subprocess.run([str(one) for one in words], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
                              check=False).returncode


@pytest.fixture
def ground(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> Ground:
    return Ground(server, fresh_database(server), tmp_path)


def ways(plan: Plan) -> list[str]:
    return [step.strategy.name for step in plan.steps]


def test_no_write_is_lost_or_refused_forward_and_back(ground: Ground) -> None:
    assert ways(plan_in(ground.plan)) == ["add_then_fill", "retype_beside_writers"]
    with writing(ground.writers, ground.ledger):
        done("apply", ground.plan, "--target", ground.url, "--yes")
    ground.is_true_to_the_ledger()
    with ground.writers() as session:
        assert session.execute("SELECT count(*), count(DISTINCT token) FROM ledger").fetchone() == (len(ground.ledger.rows),) * 2
    with writing(ground.writers, ground.ledger):
        done("rollback", ground.plan, "--target", ground.url, "--yes")
    ground.is_true_to_the_ledger()
    assert ground.here.state() == ground.base


@pytest.mark.parametrize("ending", ["apply", "rollback"])
def test_it_survives_being_killed_at_its_statements(ground: Ground, ending: str) -> None:
    number = 12 if ending == "apply" else 14
    for point in range(number, 90, 17):
        with writing(ground.writers, ground.ledger):
            killed = ground.harmed(f"kill:statement:{point}")
            if ending == "apply":
                done("apply", ground.plan, "--target", ground.url, "--yes", *(["--resume"] if killed == -signal.SIGKILL else []))
            if killed == -signal.SIGKILL or ending == "apply":
                done("rollback", ground.plan, "--target", ground.url, "--yes")
        ground.is_true_to_the_ledger()
        assert ground.here.state() == ground.base, f"killed at {point}"
