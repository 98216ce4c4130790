"""How long a long step runs is timed on clones of its table, once, and never in the way of the plan.

That it is about right is shown by tests/benchmarks/test_estimates.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.core.errors import ServerError
from kernel.core.plan import Plan
from kernel.flows import plan, timing
from kernel.flows.timing import UNTIMED, Line, _line
from kernel.planning import rows
from kernel.planning.cost import COPY_US_PER_MILLION, INDEX_US_PER_MILLION
from tests.knowledge import ports
from tests.observer import observer
from tests.recipes.recipe import declared
from tests.servers.databases import RealServer

ROWS = 3_000_000
TABLE = "CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a integer, b varchar(40)"
ASSUMED = {INDEX_US_PER_MILLION * ROWS // 1_000_000, COPY_US_PER_MILLION * ROWS // 1_000_000}


@pytest.mark.parametrize(("few", "many", "line"), [
    ((10, 1_000), (60, 2_000), Line(800, 20_000_000)),
    ((10, 1_000), (60, 7_000), Line(0, 120_000_000)),
    ((10, 1_000), (60, 1_000), Line(0, 16_666_667)),
    ((10, 1_000), (60, 900), Line(0, 15_000_000)),
    ((10, 1_000), (15, 2_000), UNTIMED),
    ((0, 1_000), (0, 1_000), UNTIMED),
    ((0, 1_000), (1, 2_000), UNTIMED),
], ids=["grows", "grows faster than its rows", "does not seem to grow", "shrinks", "too few more", "no rows", "one row"])
def test_a_line_goes_through_both_sizes(few: tuple[int, int], many: tuple[int, int], line: Line) -> None:
    assert _line(few, many) == line


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each clone that was timed had."""
    sizes: list[int] = []
    fill = rows.fill_for

    def counted(*given: object) -> object:
        found = fill(*given)  # type: ignore[arg-type]
        sizes.append(max(found.values()))
        return found
    monkeypatch.setattr(timing, "fill_for", counted)
    return sizes


def planned(url: str, desired: str, folder: Path, rows: int = ROWS) -> Plan:
    (folder / "desired.sql").write_text(desired)
    with declared(url.partition(":")[0], rows, timed=True):
        return plan.run(plan.Request(url, (folder / "desired.sql",)), ports()).plan


@pytest.mark.slow
@pytest.mark.usefixtures("learned")
def test_a_long_step_is_timed_once(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path, built: list[int]) -> None:
    url = fresh_database(server)
    observer(server, url).load(f"{TABLE})")
    desired = f"{TABLE}); CREATE INDEX once ON t (b)"
    first = planned(url, desired, tmp_path)
    assert built == list(timing.SIZES)
    assert max(step.takes_us for step in first.steps) not in ASSUMED
    assert planned(url, desired, tmp_path).steps == first.steps
    assert built == list(timing.SIZES), "it was timed again"


@pytest.mark.slow
@pytest.mark.usefixtures("learned")
def test_a_step_over_few_rows_is_not_timed(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path, built: list[int]) -> None:
    url = fresh_database(server)
    observer(server, url).load(f"{TABLE})")
    assert planned(url, f"{TABLE}, c integer); CREATE INDEX i ON t (a)", tmp_path, rows=200).steps
    assert built == []


@pytest.mark.slow
@pytest.mark.usefixtures("learned")
def test_rows_that_do_not_fit_are_no_hindrance(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path,
                                               built: list[int]) -> None:
    """No two rows of this table can be told apart by what an index is to be unique over."""
    url = fresh_database(server)
    table = f"{TABLE}, one integer NOT NULL CHECK (one = 1))"
    observer(server, url).load(table)
    first, second = (planned(url, f"{table}; CREATE UNIQUE INDEX i ON t (one)", tmp_path) for _ in range(2))
    assert built == [1] * len(timing.SIZES), "it was not tried, or tried again"
    assert first.proof
    assert first.steps == second.steps


@pytest.mark.slow
@pytest.mark.usefixtures("learned")
def test_a_server_that_gives_up_meanwhile_is_no_hindrance(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: object) -> object:
        raise ServerError("no space left")
    monkeypatch.setattr(timing, "fill_for", refused)
    url = fresh_database(server)
    observer(server, url).load(f"{TABLE})")
    plan = planned(url, f"{TABLE}); CREATE INDEX i ON t (b)", tmp_path)
    assert plan.proof
    assert plan.steps
