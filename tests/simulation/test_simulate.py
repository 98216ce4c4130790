"""A rehearsal catches what a plan must never do, on every server; and its result is signed, shown and asked for."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kernel.core import canonical
from tests.observer import observer
from tests.product import Outcome, done, plan_in, sqlx
from tests.servers import servers
from tests.servers.databases import RealServer

BASE = """
CREATE TABLE people (id bigint NOT NULL PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, age integer, CONSTRAINT grown CHECK (age >= 18));
CREATE TABLE letters (id bigint NOT NULL PRIMARY KEY, sender bigint NOT NULL, CONSTRAINT by_one FOREIGN KEY (sender) REFERENCES people (id));
"""
DESIRED = """
CREATE TABLE people (id bigint NOT NULL PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, age bigint, note varchar(20),
                     CONSTRAINT grown CHECK (age >= 18));
CREATE TABLE letters (id bigint NOT NULL PRIMARY KEY, sender bigint NOT NULL, CONSTRAINT by_one FOREIGN KEY (sender) REFERENCES people (id));
CREATE INDEX by_age ON people (age);
"""
Made = tuple[Path, str]
Mistake = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def plan(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> Made:
    """A plan that makes a number wider, and the URL of its target."""
    url = fresh_database(server)
    observer(server, url).load(BASE)
    desired = tmp_path / "desired.sql"
    desired.write_text(DESIRED)
    done("plan:diff", "--target", url, "--desired", desired, "--out", tmp_path / "plan")
    return tmp_path / "plan", url


def rehearse(plan: Path, *words: str | Path) -> Outcome:
    return sqlx("simulate", plan, "--twin", "same", "--rows", "200", *words)


def test_rows_of_another_type_are_read_under_the_same_names(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str],
                                                            tmp_path: Path) -> None:
    """What a server remembers of a query that was asked before is another one's answer by then."""
    url = fresh_database(server)
    observer(server, url).load("CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a integer, b varchar(10));")
    (tmp_path / "desired.sql").write_text("CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a bigint, b varchar(20) NOT NULL);")
    done("plan:diff", "--target", url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    outcome = rehearse(tmp_path / "plan", "--every-prefix")
    assert outcome.code == 0, outcome.said


PARTED = """
CREATE TABLE days (id integer NOT NULL, day integer NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE first_days PARTITION OF days FOR VALUES FROM (0) TO (100);
CREATE TABLE later_days PARTITION OF days DEFAULT;
CREATE TABLE things (id integer);
CREATE TABLE small_things (size integer) INHERITS (things);
"""
PARTED_LATER = {
    "a partition goes": PARTED.replace("CREATE TABLE first_days PARTITION OF days FOR VALUES FROM (0) TO (100);", ""),
    "a partition stands by itself": PARTED.replace("first_days PARTITION OF days FOR VALUES FROM (0) TO (100)",
                                                   "first_days (id integer NOT NULL, day integer NOT NULL)"),
    "a table below goes": PARTED.replace("CREATE TABLE small_things (size integer) INHERITS (things);", ""),
    "a table below stands by itself": PARTED.replace("(size integer) INHERITS (things)", "(id integer, size integer)"),
}


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
@pytest.mark.parametrize("later", PARTED_LATER)
def test_rows_lie_where_they_lie(later: str, server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    """What a table shows of those below it is not its own, and goes with them."""
    url = fresh_database(server)
    observer(server, url).load(PARTED)
    (tmp_path / "desired.sql").write_text(PARTED_LATER[later])
    done("plan:diff", "--target", url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    outcome = rehearse(tmp_path / "plan", "--every-prefix")
    assert outcome.code == 0, outcome.said


def spoil(folder: Path, change: Mistake) -> None:
    """Another plan, in which somebody made a mistake."""
    data = json.loads((folder / "plan.json").read_bytes())
    change(data["steps"])
    said = canonical.encode(data)
    (folder / "plan.json").write_bytes(said)
    (folder / "plan.sha256").write_text(f"{hashlib.sha256(said).hexdigest()}  plan.json\n")


def widening(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """The step that makes the number wider."""
    return next(step for step in steps if "age" in step["says"] and step["says"].split()[0] in ("change", "rebuild"))


def test_a_good_plan_goes_there_and_back_from_every_step(plan: Made) -> None:
    folder, _ = plan
    outcome = rehearse(folder, "--every-prefix", "--json")
    assert outcome.code == 0, outcome.said
    steps = plan_in(folder).steps
    assert outcome.json["ways_back"] == len(steps) == len(outcome.json["steps"])
    assert [count for _, count in outcome.json["rows"]] == [200, 200]
    assert all(one["written"] > 0 for one in outcome.json["steps"] if "written" in one)
    (wide,) = [one for one in outcome.json["steps"] if one["number"] == widening(json.loads((folder / "plan.json").read_bytes())["steps"])["number"]]
    assert wide["rewrites"] is True
    assert wide["blocks_writes"] is not False
    assert json.loads((folder / "simulation.json").read_bytes())["plan"] == outcome.json["plan"]


def refused(steps: list[dict[str, Any]]) -> None:
    steps[-1]["strategy"]["statements"].append("ALTER TABLE nowhere ADD COLUMN nothing integer")


def loses_rows(steps: list[dict[str, Any]]) -> None:
    steps[-1]["strategy"]["statements"].append("DELETE FROM letters WHERE id = 7")


def loses_values(steps: list[dict[str, Any]]) -> None:
    steps[-1]["strategy"]["statements"].append("UPDATE people SET age = 99 WHERE id = 7")


def loses_rows_on_the_way_back(steps: list[dict[str, Any]]) -> None:
    steps[-1]["undo"][-1]["statements"].append("DELETE FROM letters WHERE id = 7")


def does_not_return(steps: list[dict[str, Any]]) -> None:
    steps[-1]["undo"] = []


def leaves_something(steps: list[dict[str, Any]]) -> None:
    steps[-1]["strategy"]["statements"].append("CREATE TABLE left_over (id integer)")


def does_not_say_that_it_rewrites(steps: list[dict[str, Any]]) -> None:
    assert widening(steps)["rewrites"] is True, "the plan knows that this change writes the rows anew"
    widening(steps)["rewrites"] = False


MISTAKES: dict[Mistake, tuple[str, str]] = {
    refused: ("DidNotArrive", "the twin refuses it"),
    loses_rows: ("RowsLost", "letters had 200 rows and has 199"),
    loses_values: ("RowsLost", "the values of"),
    loses_rows_on_the_way_back: ("RowsLost", "back from step"),
    does_not_return: ("DidNotReturn", "back from step"),
    leaves_something: ("DidNotArrive", "left_over"),
    does_not_say_that_it_rewrites: ("NotDeclared", "writes the rows of a table anew"),
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=[one.__name__ for one in MISTAKES])
def test_a_mistake_is_caught(plan: Made, mistake: Mistake) -> None:
    folder, _ = plan
    spoil(folder, mistake)
    outcome = rehearse(folder, "--json")
    code, words = MISTAKES[mistake]
    assert (outcome.code, code in outcome.said, words in outcome.said) == (1, True, True), outcome.said
    assert not (folder / "simulation.json").exists()


@pytest.mark.parametrize("server", ["pg-18"], indirect=True)
def test_an_outside_dump_sees_what_sqlx_does_not(plan: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """An access method is nothing that sqlx reads."""
    folder, _ = plan
    monkeypatch.setenv("PATH", f"{Path(servers.tool('pg_dump')).parent}{os.pathsep}{os.environ['PATH']}")
    outcome = rehearse(folder, "--json")
    assert outcome.code == 0, outcome.said
    assert outcome.json["outside_dump"] is True
    spoil(folder, lambda steps: steps[-1]["strategy"]["statements"].append("CREATE ACCESS METHOD again TYPE INDEX HANDLER bthandler"))
    outcome = rehearse(folder, "--json")
    assert outcome.code == 1
    assert "the server's own dump is another one" in outcome.said, outcome.said


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_result_is_signed_shown_and_asked_for(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    url = fresh_database(server)
    observer(server, url).load(BASE)
    for person in ("ann", "eve"):
        done("key:generate", tmp_path / person, "--comment", f"{person}@example.org")
    done("init", "--target", url, "--name", "shop", "--key", tmp_path / "ann")
    done("snapshot:pull", "--target", "shop")
    settings = (tmp_path / "sqlx.yaml").read_text()
    assert "\ntrust:" not in settings
    (tmp_path / "sqlx.yaml").write_text(settings + "\ntrust: {require_simulation: true}\n")
    (file,) = [path for path in (tmp_path / "schema").rglob("*.yaml") if "table: letters" in path.read_text()]
    file.write_text(file.read_text().replace("columns:\n", "columns:\n  note: string(9)\n"))
    plan = Path(done("plan:diff", "--target", "shop", "--json").json["folder"])
    done("plan:sign", plan, "--key", tmp_path / "ann")
    outcome = sqlx("apply", plan, "--target", "shop", "--yes")
    assert (outcome.code, "rehearsed" in outcome.said) == (4, True), outcome.said
    done("simulate", plan, "--key", tmp_path / "eve")
    assert sqlx("apply", plan, "--target", "shop", "--yes").code == 4, "a stranger's word counted"
    done("simulate", plan, "--key", tmp_path / "ann")
    (verified,) = done("plan:verify", plan, "--json").json
    (rehearsal,) = verified["simulations"]
    assert rehearsal["by"] == "ann@example.org"
    assert {"rows-kept", "rolled-back"} <= set(rehearsal["passed"])
    assert "rehearsed on a twin, says ann@example.org" in done("plan:verify", plan).said
    done("plan:diff", "--target", "shop", "--twin", url, "--out", tmp_path / "other")
    (tmp_path / "other" / "plan.intoto.jsonl").write_bytes((plan / "plan.intoto.jsonl").read_bytes())
    spoil(tmp_path / "other", lambda steps: steps[-1]["strategy"]["statements"].append("DELETE FROM letters"))
    assert sqlx("plan:verify", tmp_path / "other").code == 4, "what was said of one plan counted for another"
    done("apply", plan, "--target", "shop", "--yes")
