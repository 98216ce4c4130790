"""Which of the ways that work is taken: the simplest that fits the budget; and what is said of it and of the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kernel.core.evidence import UNKNOWN, CapabilityMatrix, Evidence
from kernel.core.node import Node, NodeId
from kernel.core.strategy import Choice, Strategy
from kernel.kinds._spec import Kind, Quoting, Scene
from kernel.planning.choose import OVER_BUDGET, Chooser
from kernel.planning.cost import ASSUMED, CATALOG, MEASURED, REWRITE_US_PER_MILLION, UPPER, Budget, cost, lasts

TABLE = NodeId("table", ("", "orders"))
INDEX = Node(NodeId("index", ("", "orders", "by_note")), {}, TABLE)

SCANS = Evidence(True, True, True, False, True, False, True)
BESIDE = Evidence(True, True, False, False, False, False, None)
REFUSED = Evidence(False, says='near "CONCURRENTLY": syntax error')


def plainly(node: Node, scene: Scene) -> Strategy:
    return Strategy("plainly", ("CREATE INDEX",))


def beside_writers(node: Node, scene: Scene) -> Strategy:
    return Strategy("beside_writers", ("CREATE INDEX CONCURRENTLY",), apart=True)


KIND = Kind("index", "", (), add=(plainly, beside_writers))


def chosen(rows: int, plain: Evidence = SCANS, beside: Evidence = BESIDE, budget: Budget | None = None, timed: list[str] | None = None,
           slope: int | None = None) -> Choice | None:
    """The choice for an index on so many rows; `timed` notes which capabilities were timed for it."""
    def times(capability: str, evidence: Evidence) -> Evidence:
        (timed if timed is not None else []).append(capability)
        return evidence if slope is None else replace(evidence, us_fixed=1000, us_per_million_rows=slope)
    facts = {"index.add.plainly": plain, "index.add.beside_writers": beside}
    matrix = CapabilityMatrix(facts, {"version": "Server 9.1 on a machine"}, times=times)
    chooser = Chooser({"index": KIND}, matrix, {TABLE: rows}, budget or Budget())
    return chooser.add(INDEX, Scene(_no_quoting()))


def _no_quoting() -> Quoting:
    return None  # type: ignore[return-value]


def taken(choice: Choice | None) -> str:
    return choice.strategy.name if choice else ""


def test_a_small_table_is_changed_plainly_and_a_large_one_beside_its_writers() -> None:
    assert taken(chosen(200)) == "plainly"
    assert taken(chosen(200_000_000)) == "beside_writers"


def test_the_budget_decides_and_not_a_number_of_rows() -> None:
    assert taken(chosen(1_000_000, budget=Budget(10_000_000, 50_000))) == "plainly"
    assert taken(chosen(1_000_000, budget=Budget(100_000, 50_000))) == "beside_writers"


def test_a_server_that_was_timed_is_believed() -> None:
    assert taken(chosen(1_000_000, slope=1_000)) == "plainly"
    assert taken(chosen(1_000_000, slope=900_000)) == "beside_writers"


def test_it_is_timed_only_where_it_matters() -> None:
    few: list[str] = []
    many: list[str] = []
    chosen(200, timed=few)
    chosen(1_000_000, timed=many)
    assert few == []
    assert many == ["index.add.plainly"]


def test_what_was_passed_over_is_told_with_its_cost_or_the_words_of_the_server() -> None:
    many = chosen(200_000_000, slope=500_000)
    assert many is not None
    ((name, why),) = [(one.name, one.why) for one in many.passed_over]
    assert name == "plainly"
    assert why == "blocks writes 4.2 min: more than 200 ms for writes, 50 ms for reads"
    few = chosen(200, beside=REFUSED)
    assert few is not None
    assert [(one.name, one.why) for one in few.passed_over] == [("beside_writers", 'near "CONCURRENTLY": syntax error')]


def test_the_reason_names_what_was_timed_and_where() -> None:
    some = chosen(1_000_000, slope=50_000)
    assert some is not None
    assert some.why == "blocks writes 135 ms on 1000000 rows (50 ms per million rows, as timed on Server 9.1)"


def test_what_is_over_the_budget_whatever_one_does_says_so_with_its_numbers() -> None:
    slow = chosen(200_000_000, beside=REFUSED, slope=500_000)
    assert slow is not None
    assert slow.why.startswith("blocks writes 4.2 min on 200000000 rows")
    assert slow.why.endswith(OVER_BUDGET)


def test_unknown_is_the_worst_and_says_so() -> None:
    blind = replace(UNKNOWN, accepted=True, arrived=True)
    assert cost(blind, 1_000_000).writes_us == cost(replace(blind, blocks_writes=True, blocks_reads=True, rewrites=True), 1_000_000).writes_us
    assert cost(blind, 1_000_000).basis == ASSUMED
    choice = chosen(1_000_000, plain=blind, beside=REFUSED)
    assert choice is not None
    assert "nobody could see whether writers and readers wait" in choice.why
    assert "not timed here" in choice.why


@pytest.mark.parametrize(("evidence", "basis", "writes"), [
    (SCANS, ASSUMED, 10_000 + 600_000 * UPPER), (replace(SCANS, rewrites=True), ASSUMED, 10_000 + REWRITE_US_PER_MILLION * UPPER),
    (replace(SCANS, scans=False), CATALOG, 10_000), (replace(SCANS, us_per_million_rows=4, us_fixed=20_000), MEASURED, 20_010), (BESIDE, ASSUMED, 0)])
def test_the_estimate(evidence: Evidence, basis: str, writes: float) -> None:
    price = cost(evidence, 1_000_000)
    assert (price.basis, price.writes_us) == (basis, int(writes))


@pytest.mark.parametrize(("microseconds", "words"), [
    (0, "1 ms"), (999_000, "999 ms"), (1_500_000, "1.5 s"), (600_000_000, "10.0 min"), (8 * 3_600_000_000, "8.0 h"), (90 * 3_600_000_000, "3.8 d")])
def test_lengths_of_time_are_told_in_words(microseconds: int, words: str) -> None:
    assert lasts(microseconds) == words
