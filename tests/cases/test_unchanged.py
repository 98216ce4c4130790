"""What is declared as it is now is not tried out on a server, and a snapshot stands in for the server: the plan is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kernel.core.canonical import encode
from kernel.planning.unchanged import Parts, divide
from tests.cases.case import Case
from tests.cases.test_cases import ALL, Story
from tests.observer import observer
from tests.product import done, plan_in
from tests.servers.databases import RealServer
from tests.servers.fixtures import SELECTED

EVERY = {"sqlite": 1}
"""One of so many cases: a database takes its time to make where there is a server."""

PAIRS = [pytest.param(label, case, id=f"{case.name}-{label}", marks=pytest.mark.xdist_group(f"unchanged-{label}"))
         for label in SELECTED for case in [one for one in ALL if one.runs_on(label)][::EVERY.get(label, 12)]]
ELSEWHERE = "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.beside (id bigint NOT NULL PRIMARY KEY, note text)"
"""In a schema of its own: all that is in one is looked at where that itself changes."""


@pytest.fixture
def story(label: str, case: Case, real_server: Callable[[str], RealServer], needs: Callable[..., None],
          fresh_database: Callable[[RealServer], str], tmp_path: Path) -> Story:
    """The case with a table beside it that does not change; what it is to be lies in the folder `goal`, as it was pulled."""
    server, expected = real_server(label), case.expected(label)
    needs(server, *expected.needs)
    if expected.gap or expected.unsaid or expected.refuses or expected.takes:
        pytest.skip("the case itself does not go through, or YAML does not say all of it")
    found = Story(case, expected, label, fresh_database(server), observer(server, fresh_database(server)), server, tmp_path)
    found.make_model()
    for place in (found.here, found.model):
        place.load(ELSEWHERE if label.startswith("pg") else "CREATE TABLE beside (id bigint NOT NULL PRIMARY KEY, note text)")
    done("snapshot:pull", "--target", found.model.url, "--out", tmp_path / "goal")
    return found


@pytest.mark.parametrize(("label", "case"), PAIRS)
def test_the_plan_is_the_same(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[int] = []
    def counted(*given: Any) -> Parts:
        parts = divide(*given)
        settled.append(len(parts.settled))
        return parts
    monkeypatch.setattr("kernel.flows.desired.divide", counted)
    done("plan:diff", "--target", story.url, "--desired", tmp_path / "goal", "--out", tmp_path / "quick")
    monkeypatch.setattr("kernel.flows.desired.divide", lambda desired, *rest: Parts(desired.opened(), ()))
    done("plan:diff", "--target", story.url, "--desired", tmp_path / "goal", "--out", tmp_path / "whole")
    assert settled[0] > 0, "even the table beside was tried out"
    assert plan_in(tmp_path / "quick").steps == plan_in(tmp_path / "whole").steps
    assert plan_in(tmp_path / "quick").desired == plan_in(tmp_path / "whole").desired


@pytest.mark.parametrize(("label", "case"), PAIRS)
def test_the_plan_from_a_snapshot_is_the_same(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a pull request: the target is not asked, and its password is not known."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    (project / "sqlx.yaml").write_text("version: 1\n")
    done("snapshot:pull", "--target", story.url, "--out", project / "schema")
    (snapshot,) = (project / ".sqlx" / "snapshots").iterdir()
    done("plan:diff", "--target", story.url, "--desired", tmp_path / "goal", "--out", tmp_path / "there")
    done("plan:diff", "--target", story.url, "--snapshot", snapshot, "--twin", story.model.url, "--desired", tmp_path / "goal",
         "--out", tmp_path / "offline")
    there, offline = plan_in(tmp_path / "there"), plan_in(tmp_path / "offline")
    assert encode([one.as_json() for one in offline.steps]) == encode([one.as_json() for one in there.steps])
    assert (offline.base, offline.desired) == (there.base, there.desired)


@pytest.mark.parametrize("label", [one for one in SELECTED if one.startswith("pg-")])
def test_what_something_new_calls_is_there(label: str, real_server: Callable[[str], RealServer], fresh_database: Callable[[RealServer], str],
                                           tmp_path: Path) -> None:
    """A routine that nobody changes, in another schema, is called by a trigger and by a default that come."""
    url = fresh_database(real_server(label))
    observer(real_server(label), url).load(
        "CREATE SCHEMA aid; CREATE FUNCTION aid.seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE FUNCTION aid.next(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 + 1'; CREATE TABLE beside (id bigint NOT NULL PRIMARY KEY)")
    done("snapshot:pull", "--target", url, "--out", tmp_path / "goal")
    (tmp_path / "goal" / "t.yaml").write_text(
        "table: t\ncolumns:\n  id: {type: integer, default: aid.next(1)}\n"
        "triggers: {heard: AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION aid.seen()}\n")
    done("plan:diff", "--target", url, "--desired", tmp_path / "goal", "--out", tmp_path / "plan")
    done("apply", tmp_path / "plan", "--target", url, "--yes")
    assert "No changes" in done("plan:diff", "--target", url, "--desired", tmp_path / "goal", "--out", tmp_path / "again").said
