"""What is declared as it is now is not tried out on a server; the plan is the same as if it had been."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
         for label in SELECTED for case in [one for one in ALL if one.runs_on(label)][::EVERY.get(label, 8)]]
BESIDE = "table: beside\ncolumns:\n  id: {type: bigint, nullable: false}\n  note: text\nprimary_key: [id]\n"


@pytest.mark.parametrize(("label", "case"), PAIRS)
def test_the_plan_is_the_same(label: str, case: Case, real_server: Callable[[str], RealServer], needs: Callable[..., None],
                              fresh_database: Callable[[RealServer], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, expected = real_server(label), case.expected(label)
    needs(server, *expected.needs)
    if expected.gap or expected.unsaid or expected.refuses or expected.takes:
        pytest.skip("the case itself does not go through, or YAML does not say all of it")
    story = Story(case, expected, label, fresh_database(server), observer(server, fresh_database(server)), server, tmp_path)
    story.make_model()
    for place in (story.here, story.model):
        place.load("CREATE TABLE beside (id bigint NOT NULL PRIMARY KEY, note text)")
    done("snapshot:pull", "--target", story.model.url, "--out", tmp_path / "goal")

    settled: list[int] = []
    def counted(*given: Any) -> Parts:
        parts = divide(*given)
        settled.append(len(parts.settled))
        return parts
    monkeypatch.setattr("kernel.flows.desired.divide", counted)
    done("plan:diff", "--target", story.url, "--desired", tmp_path / "goal", "--out", tmp_path / "quick")
    monkeypatch.setattr("kernel.flows.desired.divide", lambda desired, *rest: Parts(desired, ()))
    done("plan:diff", "--target", story.url, "--desired", tmp_path / "goal", "--out", tmp_path / "whole")
    assert settled[0] > 0, "even the table beside was tried out"
    assert plan_in(tmp_path / "quick").steps == plan_in(tmp_path / "whole").steps
    assert plan_in(tmp_path / "quick").desired == plan_in(tmp_path / "whole").desired
