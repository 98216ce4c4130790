"""What else happens to a change under way: the target moves, the plan is edited, locks are held, two come at once, the server goes away."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from tests.faults.conftest import HERE, Ground, fill
from tests.faults.test_kill import apply
from tests.observer import Observer, observer
from tests.product import ROOT, done, plan_in, sqlx
from tests.reader import reader
from tests.servers.databases import RealServer


@contextmanager
def paused(at: int, *words: object) -> Iterator[subprocess.Popen[str]]:
    """sqlx in a process of its own, stopped at its n-th step event. It goes on when it is sent a line, and is over at the end."""
    child = subprocess.Popen([sys.executable, "-m", "tests.faults.child", f"pause:event:{at}", *map(str, words)], cwd=ROOT, text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert line == "paused\n", child.communicate()
        yield child
    finally:
        child.kill()
        child.communicate()


def ended(child: subprocess.Popen[str]) -> tuple[int, str]:
    """Let it go on; its exit code and what it said."""
    out, err = child.communicate("\n", timeout=120)
    return child.returncode, out + err


def test_a_target_that_moved_is_left_alone(ground: Ground, place: Callable[[], Observer]) -> None:
    here = place()
    here.load("CREATE INDEX by_somebody_else ON users (age)")
    state, contents = here.state(), here.contents()
    outcome = sqlx(*map(str, apply(ground, here)))
    assert outcome.code == 5, outcome.said
    assert "by_somebody_else" in outcome.said or "changed since the plan was made" in outcome.said
    assert here.state() == state
    assert here.contents() == contents


def test_no_byte_of_a_plan_can_be_changed(ground: Ground, place: Callable[[], Observer], tmp_path: Path) -> None:
    here, data = place(), (ground.plan / "plan.json").read_bytes()
    for name in ("plan.json", "plan.sha256"):
        (tmp_path / name).write_bytes((ground.plan / name).read_bytes())
    for at in range(0, len(data), len(data) // 25):
        (tmp_path / "plan.json").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        assert sqlx("apply", tmp_path, "--target", here.url, "--yes", "--allow-data-loss").code == 4
    assert ground.is_before(here) == ""
    assert here.own() == []


def test_a_truncated_plan_is_refused(ground: Ground, place: Callable[[], Observer], tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes((ground.plan / "plan.json").read_bytes()[:-40])
    outcome = sqlx("apply", tmp_path, "--target", place().url, "--yes", "--allow-data-loss")
    assert outcome.code == 4
    assert not outcome.crashed


@contextmanager
def locked(here: Observer) -> Iterator[Any]:
    """Somebody's open transaction that touched `users`; committed at the end."""
    match here.server.engine:
        case "sqlite":
            link: Any = sqlite3.connect(here.url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
            link.execute("BEGIN IMMEDIATE")
            commit = link.commit
        case "pg":
            link = psycopg.connect(here.url)
            link.execute("SELECT count(*) FROM users")
            commit = link.commit
        case _:
            link = pymysql.connect(host=here.server.host, port=here.server.port, user=here.server.user, database=here.url.rpartition("/")[2])
            link.cursor().execute("SELECT count(*) FROM users")
            commit = link.commit
    try:
        yield commit
    finally:
        link.rollback()
        link.close()


@pytest.fixture
def small(server: RealServer, fresh_database: Callable[[RealServer], str], learned: None, tmp_path: Path) -> tuple[Observer, Path]:
    """A database and a plan of one step for it: a column that `users` gets."""
    here = fill(observer(server, fresh_database(server)))
    text = (HERE / "base.yaml").read_text().replace("  phone: string(20)\n", "  phone: string(20)\n  extra: integer\n")
    (tmp_path / "one.yaml").write_text(text)
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "one.yaml", "--out", tmp_path / "plan")
    assert len(plan_in(tmp_path / "plan").steps) == 1
    return here, tmp_path / "plan"


def test_a_lock_that_is_held_is_waited_for_and_then_given_up(small: tuple[Observer, Path]) -> None:
    here, plan = small
    state = here.state()
    with locked(here):
        began = time.monotonic()
        outcome = sqlx("apply", plan, "--target", here.url, "--yes", "--patience", "2")
        took = time.monotonic() - began
    assert outcome.code == 75, outcome.said
    assert 1.5 < took < 30
    assert here.state() == state
    done("apply", plan, "--target", here.url, "--yes", "--resume")
    assert here.state() != state


def test_a_lock_that_is_let_go_in_time_is_had(small: tuple[Observer, Path]) -> None:
    here, plan = small
    with locked(here) as commit:
        release = threading.Timer(1.5, commit)
        release.start()
        try:
            done("apply", plan, "--target", here.url, "--yes", "--patience", "60")
        finally:
            release.join()


def test_of_two_applies_at_once_one_is_told_to_come_again(ground: Ground, place: Callable[[], Observer]) -> None:
    here = place()
    with paused(4, *apply(ground, here)) as first:
        second = sqlx(*map(str, apply(ground, here)), "--patience", "1")
        assert second.code == 75, second.said
        code, said = ended(first)
    assert code == 0, said
    assert ground.is_after(here) == ""


def test_a_plan_under_way_is_not_begun_again_unasked(ground: Ground, place: Callable[[], Observer]) -> None:
    here = place()
    with paused(9, *apply(ground, here)) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
    outcome = sqlx(*map(str, apply(ground, here)))
    assert outcome.code == 7, outcome.said
    assert "--resume" in outcome.said
    done(*map(str, apply(ground, here)), "--resume")
    assert ground.is_after(here) == ""


def test_ctrl_c_is_a_safe_stop(ground: Ground, place: Callable[[], Observer]) -> None:
    here = place()
    with paused(9, *apply(ground, here)) as child:
        child.send_signal(signal.SIGINT)
        time.sleep(0.3)
        code, said = ended(child)
    assert code == 7, said
    assert "Traceback" not in said
    done("rollback", ground.plan, "--target", here.url, "--yes")
    assert ground.is_before(here) == ""


def cut(here: Observer) -> None:
    """End every other session of the database."""
    name = here.url.rpartition("/")[2]
    if here.server.engine == "pg":
        with psycopg.connect(here.url, autocommit=True) as session:
            session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        return
    with pymysql.connect(host=here.server.host, port=here.server.port, user=here.server.user, autocommit=True) as link, link.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
        for (number,) in cursor.fetchall():
            cursor.execute(f"KILL {number}")


@pytest.mark.parametrize("at", [2, 5, 9, 14, 20])
def test_a_connection_that_is_cut_is_survived(ground: Ground, place: Callable[[], Observer], at: int) -> None:
    if ground.server.engine == "sqlite":
        pytest.skip("an embedded database has no connection to cut")
    here = place()
    with paused(at, *apply(ground, here)) as child:
        cut(here)
        code, said = ended(child)
    assert code not in (0, 64), said
    assert "Traceback" not in said, said
    done(*map(str, apply(ground, here)), "--resume")
    assert ground.is_after(here) == ""
    done("rollback", ground.plan, "--target", here.url, "--yes")
    assert ground.is_before(here) == ""


def test_a_server_that_is_not_there_is_said_so(server: RealServer, ground: Ground, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/no/such.db" if server.engine == "sqlite" else f"{server.url.partition('://')[0]}://nobody@127.0.0.1:1/nothing"
    apply, rollback = ("apply", ground.plan, "--yes", "--allow-data-loss"), ("rollback", ground.plan, "--yes")
    for words in (("plan:diff", "--desired", HERE / "base.yaml"), apply, rollback):
        outcome = sqlx(*words, "--target", url)
        assert outcome.code == 69, outcome.said
        assert not outcome.crashed


def test_what_one_plans_another_can_apply(ground: Ground, place: Callable[[], Observer], tmp_path: Path) -> None:
    """A job that may only look plans, another one that may change applies: who looks must not matter."""
    if ground.server.engine == "sqlite":
        pytest.skip("an embedded database has no users")
    here = place()
    with reader(here) as url:
        done("plan:diff", "--target", url, "--desired", HERE / "desired.yaml", "--twin", here.url, "--out", tmp_path / "plan")
    done("apply", tmp_path / "plan", "--target", here.url, "--yes", "--allow-data-loss")
    assert ground.is_after(here) == ""


def test_who_may_only_look_and_has_no_twin_is_told_to_give_one(ground: Ground, place: Callable[[], Observer]) -> None:
    if ground.server.engine == "sqlite":
        pytest.skip("an embedded database has no users")
    here = place()
    with reader(here) as url:
        outcome = sqlx("plan:diff", "--target", url, "--desired", HERE / "desired.yaml")
    assert outcome.code == 1, outcome.said
    assert "no place on this server where the change could be tried" in outcome.said
    assert "--twin URL" in outcome.said


def test_who_may_only_look_can_plan_and_cannot_apply(ground: Ground, place: Callable[[], Observer], tmp_path: Path) -> None:
    if ground.server.engine == "sqlite":
        pytest.skip("an embedded database has no users")
    here = place()
    with reader(here) as url:
        done("plan:diff", "--target", url, "--desired", HERE / "desired.yaml", "--twin", here.url, "--out", tmp_path / "plan")
        outcome = sqlx("apply", tmp_path / "plan", "--target", url, "--yes", "--allow-data-loss")
    assert outcome.code == 1, outcome.said
    assert not outcome.crashed
    assert ground.is_before(here) == ""
