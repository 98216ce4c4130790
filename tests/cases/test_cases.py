"""Every case, forward and back, on every server: it arrives, rows survive, the second plan is empty, rollback returns, and an outside
observer agrees. See case.py for what a case is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pymysql
import pytest

from kernel.core.plan import Plan
from tests.cases.case import Case, Expected, cases
from tests.knowledge import make
from tests.observer import Contents, Observer, State, bags, differences, lost, observer
from tests.product import Outcome, done, plan_in, shapes, sqlx
from tests.servers.databases import RealServer
from tests.servers.fixtures import SELECTED

ALL = tuple(cases())
PAIRS = [pytest.param(label, case, id=f"{case.name}-{label}", marks=pytest.mark.xdist_group(f"cases-{label}-{number % 2}"))
         for number, case in enumerate(ALL) for label in SELECTED if case.runs_on(label)]


def test_there_are_cases_for_every_kind_that_people_write() -> None:
    assert len(ALL) >= 60
    told = {case.name.partition("--")[0] for case in ALL}
    assert told >= {"schema", "table", "column", "primary_key", "unique", "foreign_key", "check", "index", "view", "sequence"}


@pytest.mark.parametrize(("label", "case"), PAIRS)
def test_case(label: str, case: Case, real_server: Callable[[str], RealServer], needs: Callable[..., None],
              fresh_database: Callable[[RealServer], str], tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server, expected = real_server(label), case.expected(label)
    needs(server, *expected.needs)
    if expected.takes:
        takes(observer(server, fresh_database(server)), expected.takes, label)
    gap = next((words for place, words in expected.gap.items() if place in (label, label.partition("-")[0])), "")
    if gap:
        request.applymarker(pytest.mark.xfail(reason=f"ours: {gap}", strict=True))
    story = Story(case, expected, label, fresh_database(server), observer(server, fresh_database(server)), server, tmp_path)
    if expected.refuses:
        story.is_refused()
    else:
        story.goes_forward_and_back()


def takes(place: Observer, script: str, label: str) -> None:
    """Skip where the server itself cannot do what the case is about; its own words say so."""
    try:
        place.load(script)
    except (sqlite3.Error, psycopg.Error, pymysql.Error) as error:
        words = str(error.args[-1]).splitlines()[0]
        pytest.skip(f"{label} refuses `{script.rpartition(';')[2].strip()}`: {words}")


class Story:
    """One case on one server: the database that is changed, and beside it one that is made as desired from the start."""

    def __init__(self, case: Case, expected: Expected, label: str, url: str, model: Observer, server: RealServer, folder: Path) -> None:
        self.case, self.expected, self.label, self.url, self.folder = case, expected, label, url, folder
        self.here, self.model = observer(server, url), model
        self.make_base()
        rows = case.file("rows", label)
        if rows:
            self.here.load(rows.read_text())

    def make_base(self) -> None:
        """Make the base from nothing: SQL by the server itself, YAML by a plan of its own."""
        file = self.case.file("base", self.label)
        if file is None:
            return
        if file.suffix == ".sql":
            self.here.load(file.read_text())
            return
        folder = self.folder / "make-base"
        done("plan:diff", "--target", self.url, "--desired", file, "--out", folder)
        done("apply", folder, "--target", self.url, "--yes")

    def make_model(self) -> None:
        """Make the desired state from nothing beside it, object by object and without a plan."""
        file = self.case.file("desired", self.label)
        if file is None:
            return
        if file.suffix == ".sql":
            self.model.load(file.read_text())
        else:
            make(file, self.model.url)

    def desired(self) -> Path:
        """The file of the desired state; one with nothing in it where that is empty."""
        file = self.case.file("desired", self.label)
        if file is None:
            file = self.folder / "nothing.yaml"
            file.touch()
        return file

    def plan(self, name: str) -> tuple[Outcome, Path]:
        folder = self.folder / name
        return sqlx("plan:diff", "--target", self.url, "--desired", self.desired(), "--out", folder), folder

    def goes_forward_and_back(self) -> None:
        state, contents = self.here.state(), self.here.contents()
        outcome, folder = self.plan("forward")
        assert outcome.code == 0, outcome.said
        self.has_its_shape(plan_in(folder), outcome)
        self.is_applied(folder)
        self.has_arrived(contents)
        if plan_in(folder).steps:
            done("rollback", folder, "--target", self.url, "--yes")
        self.has_returned(state, contents)

    def has_its_shape(self, plan: Plan, outcome: Outcome) -> None:
        seen = shapes(plan)
        assert not (missing := [one for one in self.expected.require if one not in seen]), f"the plan lacks {missing}: {seen}\n{outcome.out}"
        assert not (wrong := [one for one in self.expected.forbid if one in seen]), f"the plan has {wrong}: {seen}\n{outcome.out}"
        assert plan.empty or plan.proof, f"not proved on a twin\n{outcome.out}"
        assert bool(plan.loses) == self.expected.loses, f"takes away {plan.loses}\n{outcome.out}"

    def is_applied(self, folder: Path) -> None:
        apply: tuple[str | Path, ...] = ("apply", folder, "--target", self.url, "--yes")
        if self.expected.loses:
            assert sqlx(*apply).code == 3, "data goes without a word"
            apply = (*apply, "--allow-data-loss")
        done(*apply)

    def has_arrived(self, before: Contents) -> None:
        self.make_model()
        if self.expected.observed:
            assert not (says := differences(self.here.state(), self.model.state())), f"not as made from nothing:\n{says}"
        assert lost(before, self.here.contents(), self.expected.renamed, self.expected.changes) == []
        outcome, folder = self.plan("again")
        assert outcome.code == 0, outcome.said
        assert plan_in(folder).empty, f"the second plan is not empty:\n{outcome.out}"

    def has_returned(self, state: State, contents: Contents) -> None:
        assert not (says := differences(self.here.state(), state)), f"not what it was:\n{says}"
        assert bags(self.here.contents()) == bags(contents), "the rows are not what they were"

    def is_refused(self) -> None:
        """By plan:diff or by apply; the words are told, and nothing happens."""
        state, contents = self.here.state(), self.here.contents()
        outcome, folder = self.plan("forward")
        if outcome.code == 0:
            outcome = sqlx("apply", folder, "--target", self.url, "--yes")
        assert outcome.code == self.expected.refuses["exit"], outcome.said
        assert self.expected.refuses["says"] in outcome.said
        assert not outcome.crashed, outcome.said
        assert not differences(self.here.state(), state)
        assert bags(self.here.contents()) == bags(contents)
