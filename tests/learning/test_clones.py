"""Verdicts depend on the table: each story is a table that makes a strategy do something else than it does to the samples of learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kernel.core.evidence import Evidence
from kernel.flows import plan
from tests.knowledge import ports
from tests.observer import observer
from tests.servers.databases import RealServer
from tests.servers.fixtures import SELECTED


@dataclass(frozen=True)
class Story:
    """A table, what it is to become, and what must be seen of the step that says `about`."""

    name: str
    engines: str
    base: str
    desired: str
    about: str
    seen: dict[str, bool]


PLAIN, CHEAP = "CREATE TABLE t (id int NOT NULL PRIMARY KEY, b varchar(20), at timestamp);", {"rewrites": False, "scans": False}
ZONED = PLAIN.replace("timestamp", "timestamp with time zone")
FORMULA = "b varchar(20), f int GENERATED ALWAYS AS (id + 1) VIRTUAL, g int GENERATED ALWAYS AS (f + 1) VIRTUAL"
BYTES = PLAIN.replace("varchar(20)", "varchar(200) CHARACTER SET latin1")
STORIES = [
    Story("a wider text", "pg", PLAIN, PLAIN.replace("(20)", "(30)"), "type", CHEAP),
    Story("a wider text under an index of an expression", "pg", PLAIN + "CREATE INDEX i ON t (lower(b));",
          PLAIN.replace("(20)", "(30)") + "CREATE INDEX i ON t (lower(b));", "type", {"rewrites": False, "scans": True}),
    Story("a shorter text", "pg", PLAIN, PLAIN.replace("(20)", "(10)"), "type", {"rewrites": True}),
    Story("a moment gets a zone, in Paris", "pg", PLAIN, ZONED, "type", {"rewrites": True}),
    Story("a moment gets a zone, in UTC", "pg", PLAIN, ZONED, "type", CHEAP),
    Story("a column in between", "mariadb", PLAIN, PLAIN.replace("b varchar", "c int, b varchar"), "add",
          {"rewrites": False, "blocks_writes": False}),
    Story("a column in between, beside formulas", "mariadb", PLAIN.replace("b varchar(20)", FORMULA),
          PLAIN.replace("b varchar(20)", f"c int, {FORMULA}"),
          "add", {"rewrites": True, "blocks_writes": True}),
    Story("a wider text, in one byte of length", "mysql mariadb", PLAIN, PLAIN.replace("(20)", "(30)"), "type", {"rewrites": False}),
    Story("a wider text, in two bytes of length", "mysql mariadb", BYTES, BYTES.replace("(200)", "(300)"), "type",
          {"rewrites": True, "blocks_writes": True}),
]
PAIRS = [pytest.param(label, one, id=f"{one.name}-{label}") for one in STORIES for label in SELECTED
         if label.partition("-")[0] in one.engines.split()]


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize(("label", "story"), PAIRS)
def test_the_very_table_decides(label: str, story: Story, real_server: Callable[[str], RealServer], fresh_database: Callable[[RealServer], str],
                                tmp_path: Path) -> None:
    place = observer(real_server(label), fresh_database(real_server(label)))
    if label.startswith("pg"):
        place.load(f"ALTER DATABASE {place.url.rpartition('/')[2]} SET TimeZone = '{'Europe/Paris' if 'Paris' in story.name else 'UTC'}'")
    place.load(story.base)
    (tmp_path / "desired.sql").write_text(story.desired)
    edges = ports()
    first = plan.run(plan.Request(place.url, (tmp_path / "desired.sql",)), edges)
    assert first.proof is not None
    assert first.proof.holds, first.plan.findings
    (step,) = [one for one in first.plan.steps if story.about in one.capability]
    evidence = first.proof.seen[step.number]
    assert {name: getattr(evidence, name) for name in story.seen} == story.seen, f"{step.strategy.statements}: {evidence}"
    assert "rehearsed on a clone of this table" in step.why
    again = plan.run(plan.Request(place.url, (tmp_path / "desired.sql",)), edges)
    assert again.plan.steps == first.plan.steps, "what is remembered says the same"


@pytest.mark.usefixtures("learned")
def test_rows_that_do_not_fit_prove_nothing(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    """No row of ours passes the new check: the plan is proved without them, and what was learned on samples counts."""
    place = observer(server, fresh_database(server))
    place.load("CREATE TABLE t (id int NOT NULL PRIMARY KEY, b varchar(20))")
    (tmp_path / "desired.sql").write_text("CREATE TABLE t (id int NOT NULL PRIMARY KEY, b varchar(20), CONSTRAINT c CHECK (b = 'never heard of'))")
    made = plan.run(plan.Request(place.url, (tmp_path / "desired.sql",)), ports())
    assert made.proof is not None
    assert made.proof.holds, made.plan.findings
    assert not [one for one in made.plan.findings if one.severity == "error"]


def test_evidence_keeps_where_it_is_from() -> None:
    seen = Evidence(True, True, True, False, True, False, True, where="a clone of this table")
    assert Evidence.from_json(seen.as_json()) == seen
