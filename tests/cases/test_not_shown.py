"""What a server keeps from the account that looks is said, in a snapshot and in every plan; a plan that would make it stands open to nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer import Observer, observer
from tests.product import Outcome, done, plan_in, sqlx
from tests.reader import reader
from tests.servers.databases import RealServer

FAMILY = """
    CREATE TABLE plain (a int);
    CREATE TRIGGER counts BEFORE INSERT ON plain FOR EACH ROW SET NEW.a = 1;
    CREATE PROCEDURE runs() SELECT 1;
    CREATE EVENT ticks ON SCHEDULE EVERY 1 DAY DO SELECT 1;"""
PG = """
    CREATE FOREIGN DATA WRAPPER far;
    CREATE SERVER there FOREIGN DATA WRAPPER far;
    CREATE USER MAPPING FOR PUBLIC SERVER there OPTIONS (of 'whom');
    CREATE SUBSCRIPTION follows CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false);"""
UNFOLLOWED = "ALTER SUBSCRIPTION follows DISABLE; ALTER SUBSCRIPTION follows SET (slot_name = NONE); DROP SUBSCRIPTION follows;"
LACKING = ["events", "functions and procedures", "triggers"]
ALL_SHOWN = "SELECT, SHOW VIEW, TRIGGER, EVENT"
ROUTINES = {"mysql-9.7": "SHOW_ROUTINE ON *.*", "mariadb-10.11": "SELECT ON mysql.proc"}


def kept(outcome: Outcome, folder: Path) -> dict[str, str]:
    assert not outcome.crashed, outcome.said
    return {one.where: one.severity for one in plan_in(folder).findings if one.rule == "not-shown"}


def told(here: Observer, looks: str, tmp_path: Path) -> tuple[Outcome, Callable[..., dict[str, str]]]:
    """What a snapshot says to somebody who may look, and what a plan does."""
    done("snapshot:pull", "--target", here.url, "--out", tmp_path / "all")

    def planned(goal: str, *more: str) -> dict[str, str]:
        plan = tmp_path / "plan"
        return kept(sqlx("plan:diff", "--target", looks, "--desired", tmp_path / goal, "--twin", here.url, "--out", plan, *more), plan)
    return done("snapshot:pull", "--target", looks, "--out", tmp_path / "some"), planned


@pytest.mark.parametrize("server", ["mysql-9.7", "mariadb-10.11"], indirect=True)
def test_programs_without_a_right_to_them(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    here.load(FAMILY)
    with reader(here) as looks:
        pulled, planned = told(here, looks, tmp_path)
        assert all(one in pulled.err for one in LACKING), pulled.said
        assert planned("some") == dict.fromkeys(LACKING, "warning")
        assert planned("some", "--strict-coverage") == dict.fromkeys(LACKING, "error")
        assert planned("all") == {"events": "error", "functions and procedures": "error", "triggers": "error"}
        refused = sqlx("apply", tmp_path / "plan", "--target", here.url, "--yes")
        assert "not-shown" in refused.err, refused.said
        assert refused.code == 3


@pytest.mark.parametrize("server", ROUTINES, indirect=True)
def test_who_has_the_rights_is_shown_all(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    here.load(FAMILY)
    with reader(here, ALL_SHOWN, f"GRANT {ROUTINES[server.label]} TO {{user}}") as looks:
        pulled, planned = told(here, looks, tmp_path)
        assert "does not show" not in pulled.said
        assert sorted(path.name for path in (tmp_path / "some").iterdir()) == sorted(path.name for path in (tmp_path / "all").iterdir())
        assert planned("some") == planned("some", "--strict-coverage") == {}


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
def test_what_superusers_alone_are_shown(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    here.load("CREATE TABLE plain (a int);")
    with reader(here, "") as looks:
        done("snapshot:pull", "--target", looks, "--out", tmp_path / "none")
        assert "does not show" not in sqlx("plan:diff", "--target", looks, "--desired", tmp_path / "none").said
        here.load(PG)
        try:
            pulled, planned = told(here, looks, tmp_path)
            assert all(one in pulled.err for one in ("subscriptions", "user mappings")), pulled.said
            assert planned("some") == {"subscriptions": "warning", "user mappings": "warning"}
            done("plan:diff", "--target", here.url, "--desired", tmp_path / "all")
            assert planned("all")["subscriptions"] == "error"
        finally:
            here.load(UNFOLLOWED)


@pytest.mark.parametrize("server", ["mysql-9.7"], indirect=True)
def test_a_snapshot_remembers_it(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path,
                                 monkeypatch: pytest.MonkeyPatch) -> None:
    here = observer(server, fresh_database(server))
    here.load(FAMILY)
    monkeypatch.chdir(tmp_path)
    with reader(here) as looks:
        done("init", "--target", looks)
        done("snapshot:pull", "--target", looks, "--out", "schema")
    (kept,) = (tmp_path / ".sqlx" / "snapshots").glob("*.json")
    assert sorted(json.loads(kept.read_text())["not_shown"]) == ["event", "function", "procedure", "trigger"]
