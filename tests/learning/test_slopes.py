"""How a cost grows with the table is measured when that is asked for, kept with the fact, and no part of the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kernel.core.evidence import CapabilityMatrix, Evidence, sort_of, timed_alike
from kernel.flows.learn import Facts, knowledge
from kernel.planning.slopes import LARGE, SMALL, line
from tests.knowledge import ports
from tests.servers.databases import RealServer

SCANS = Evidence(True, True, True, False, True, False, True)
UNSURE = replace(SCANS, scans=None)


@pytest.mark.slow
@pytest.mark.usefixtures("learned")
def test_an_index_takes_longer_on_more_rows(server: RealServer, fresh_database: Callable[[RealServer], str]) -> None:
    edges = ports()
    with edges.open(edges.target(fresh_database(server))) as session, knowledge(session, edges, fresh=True) as known:
        assert isinstance(known.matrix.facts, Facts)
        ways = {name: one for name, one in known.matrix.facts.learn("index.add.").items() if one.granted}
        assert ways
        digest = known.matrix.digest
        for name, evidence in ways.items():
            timed = known.matrix.timed(name)
            assert (timed.us_per_million_rows or 0) > 10_000, f"{name}: {timed}"
            assert (timed.us_fixed or 0) < 5_000_000
            assert replace(timed, us_fixed=None, us_per_million_rows=None, timed_as="") == evidence, "the verdict is what it was"
        assert known.matrix.digest == digest, "the clock binds nobody"
        kept = CapabilityMatrix.from_json(known.matrix.of(ways).as_json())
        assert {kept.timed(name).us_per_million_rows for name in ways} >= {known.matrix.timed(name).us_per_million_rows for name in ways}


@pytest.mark.parametrize(("small", "large", "certain", "found"), [
    (10_000, 10_000 + (LARGE - SMALL), True, (10_000 - SMALL, 1_000_000)),
    (9_000, 9_000, False, (9_000, 0)),
    (9_000, 8_000, True, (0, 400_000)),
    (9_000, 8_000, False, (9_000, 0)),
])
def test_what_the_clock_did_not_show_is_not_taken_for_nothing(small: int, large: int, certain: bool, found: tuple[int, int]) -> None:
    assert line(small, large, certain=certain) == found


def test_one_stands_for_its_sort_only_where_it_is_certain_that_it_grows() -> None:
    facts = {"table.change.engine.set": replace(SCANS, us_fixed=5, us_per_million_rows=700),
             "table.change.comment.set": replace(UNSURE, us_fixed=1, us_per_million_rows=3)}
    assert timed_alike(facts, "table.change.charset.set", SCANS).timed_as == "table.change.engine.set"
    assert timed_alike(facts, "table.change.charset.set", UNSURE) is UNSURE
    assert timed_alike(facts, "table.change.comment.set_too", UNSURE).us_per_million_rows == 3
    beside = replace(SCANS, blocks_writes=False)
    assert timed_alike(facts, "table.change.charset.set", beside) is beside
    assert sort_of("table.change.charset.set", SCANS) != sort_of("column.change.charset.set", SCANS)
    assert sort_of("column.add.add", SCANS) == sort_of("column.change.charset.set", SCANS), "whatever is done to a column, the rows are the same"
    assert sort_of("column.add.add", UNSURE) != sort_of("column.change.charset.set", UNSURE)


def test_what_costs_the_same_at_any_size_is_not_timed() -> None:
    def never(name: str, seen: Evidence) -> Evidence:
        raise AssertionError(name)
    cheap = Evidence(True, True, True, False, True, False, False)
    matrix = CapabilityMatrix({"column.add.add": cheap, "column.drop.drop": Evidence(accepted=False)}, times=never)
    assert matrix.timed("column.add.add") is cheap
    assert not matrix.timed("column.drop.drop").granted
