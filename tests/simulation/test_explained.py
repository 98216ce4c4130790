"""What users will feel is told to people, reviewers and programs, and a workload is understood or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer import observer
from tests.product import done, plan_in, sqlx
from tests.servers.databases import RealServer

BUSY = """
clients: 10
transactions: [2ms, 4ms]
tables: {people: {reads: 50, writes: 50}}
long: [{table: people, lasts: 2s, per_hour: 1200, writes: true}]
"""


@pytest.fixture
def target(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> str:
    url = fresh_database(server)
    observer(server, url).load("CREATE TABLE people (id bigint NOT NULL PRIMARY KEY, name varchar(40))")
    (tmp_path / "desired.sql").write_text("CREATE TABLE people (id bigint NOT NULL PRIMARY KEY, name varchar(40), age integer)")
    return url


def test_what_users_feel_is_said_everywhere(target: str, tmp_path: Path) -> None:
    (tmp_path / "busy.yaml").write_text(BUSY)
    plan = tmp_path / "plan"
    done("plan:diff", "--target", target, "--desired", tmp_path / "desired.sql", "--workload", tmp_path / "busy.yaml", "--out", plan)
    (felt,) = plan_in(plan).felt.values()
    assert felt.worst_us > 100_000, "users queue behind a statement that waits for a long transaction"
    assert felt.refused_ppm > 200_000
    shown, why = done("plan:show", plan).out, done("plan:show", plan, "--why").out
    assert "users: the longest wait is about" in shown
    assert "100 requests a second by 10 clients, transactions of up to 2.0 s (as given)" in shown
    assert "the first attempt at the lock fails in" in why
    assert "the first attempt at the lock fails in" not in shown, "details are for those who ask why"
    text = (plan / "plan.md").read_text()
    assert "| the longest wait is about" in text
    assert done("plan:show", plan, "--json").json["plan"]["felt"] == [[1, felt.as_json()]]
    rehearsed = done("simulate", plan, "--twin", "same", "--rows", "20")
    assert "users: the longest wait is about" in rehearsed.out
    assert "Rehearsed with 20 rows, there and back from 1 point." in done("plan:show", plan).out


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_table_that_many_write_to_is_a_greater_risk(target: str, tmp_path: Path) -> None:
    def blocking(writes: int) -> int:
        (tmp_path / "busy.yaml").write_text(f"tables: {{people: {{reads: 10, writes: {writes}}}}}")
        done("plan:diff", "--target", target, "--desired", tmp_path / "desired.sql", "--workload", tmp_path / "busy.yaml", "--out", tmp_path / "plan")
        return next((points for name, points, _ in plan_in(tmp_path / "plan").risk.parts if name == "blocking"), 0)
    assert blocking(5) < blocking(5_000)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("text", "words"), [
    ("tables: {peeple: {reads: 1}}", "peeple"),
    ("tables: {people: {reeds: 1}}", "reads"),
    ("table: {people: {reads: 1}}", "tables"),
    ("long: [{table: people}]", "how long it lasts"),
    ("transactions: [soon]", "busy.yaml:1:16: this is not a duration"),
    ("- 1", "a workload"),
])
def test_a_workload_is_understood_or_refused(target: str, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "busy.yaml").write_text(text)
    outcome = sqlx("plan:diff", "--target", target, "--desired", tmp_path / "desired.sql", "--workload", tmp_path / "busy.yaml")
    assert (outcome.code, words in outcome.said) == (65, True), outcome.said
