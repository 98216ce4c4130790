"""The score of a plan: labelled cases stand where people would put them, and nothing that is worse or less known ever lowers it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as draw

from kernel.core.evidence import Evidence
from kernel.core.node import NodeId
from kernel.core.plan import Risk, Step
from kernel.core.strategy import Check, Strategy
from kernel.planning.cost import ASSUMED, CATALOG, MEASURED, REWRITE_US_PER_MILLION, SCAN_US_PER_MILLION, Budget, cost
from kernel.planning.risk import COMPONENTS, UNCERTAINTY, Setting, risk

TABLE = NodeId("table", ("", "orders"))
COLUMN = NodeId("column", ("", "orders", "note"))
SECOND = 1_000_000


def step(*, number: int = 1, waits_us: int = 0, takes_us: int = 10_000, loses: str = "", for_good: bool = False, cannot_undo: str = "",
         gone: NodeId | None = None, statements: int = 1, transactional: bool = True, checks: bool = False, known: str = CATALOG,
         of: NodeId = COLUMN) -> Step:
    before, after = ({gone: "was"}, {gone: ""}) if gone else ({of: ""}, {of: "is"})
    strategy = Strategy("way", ("SELECT 1",) * statements, checks=(Check("SELECT count(*) FROM orders"),) if checks else ())
    return Step(number, "change it", strategy, "column.add.add", transactional, before, after, cannot_undo=cannot_undo, loses=loses,
                estimate_us=waits_us, takes_us=takes_us, known=known, for_good=for_good)


NONE, LOW, REVIEW, APPROVAL, REFUSED = (0, 9), (10, 29), (30, 59), (60, 84), (85, 100)

LABELLED = [
    ("a nullable column is added", [step(waits_us=20_000)], Setting(), NONE),
    ("an index is built beside writers", [step(transactional=False, takes_us=60 * SECOND)], Setting(), NONE),
    ("a comment, ten times", [step(number=n, of=NodeId("column", ("", "orders", f"c{n}"))) for n in range(10)], Setting(), NONE),
    ("a check over rows that all fit, in two statements", [step(waits_us=10_000, statements=2, transactional=False, checks=True)], Setting(), NONE),
    ("an index that runs for an hour beside writers", [step(transactional=False, takes_us=3600 * SECOND)], Setting(), LOW),
    ("a column goes and its values are kept aside", [step(loses="the values of note", gone=COLUMN)], Setting(), REVIEW),
    ("a column goes on which five things hang", [step(loses="its values", gone=COLUMN)], Setting(users={COLUMN: 5}), (40, 75)),
    ("a column gets another name", [step(gone=COLUMN)], Setting(), LOW),
    ("a column gets another name under forty things", [step(gone=COLUMN)], Setting(users={COLUMN: 40}), APPROVAL),
    ("writes wait at the budget", [step(waits_us=200_000, known=MEASURED)], Setting(), LOW),
    ("writes wait for a second", [step(waits_us=SECOND, known=MEASURED)], Setting(), REVIEW),
    ("writes wait for a second on a table with 200 writes a second", [step(waits_us=SECOND, known=MEASURED)], Setting(heat={TABLE: 200}), (50, 84)),
    ("all wait for a minute", [step(waits_us=60 * SECOND, known=MEASURED)], Setting(), APPROVAL),
    ("all wait for an hour", [step(waits_us=3600 * SECOND, takes_us=3600 * SECOND, known=MEASURED)], Setting(), (75, 89)),
    ("a step cannot be taken back", [step(cannot_undo="there is no DROP VALUE")], Setting(), (50, 59)),
    ("rows do not fit", [step(checks=True)], Setting(offenders=3), (50, 59)),
    ("rows do not fit and it cannot be taken back", [step(checks=True, cannot_undo="no")], Setting(offenders=3), APPROVAL),
    ("values go for good", [step(loses="the rows", for_good=True)], Setting(), REFUSED),
    ("values go for good, and nothing else is known", [step(loses="the rows", for_good=True, known=ASSUMED)], Setting(proved=False), REFUSED),
    ("a small change that nobody rehearsed", [step(waits_us=20_000)], Setting(proved=False), LOW),
    ("two hundred tables get a comment", [step(number=n, of=NodeId("table", ("", f"t{n}"))) for n in range(200)], Setting(), LOW),
]


@pytest.mark.parametrize(("story", "steps", "setting", "between"), LABELLED, ids=[one[0] for one in LABELLED])
def test_labelled_cases_stand_where_people_would_put_them(story: str, steps: list[Step], setting: Setting, between: tuple[int, int]) -> None:
    found = risk(steps, setting)
    assert between[0] <= found.score <= between[1], f"{story}: {found}"


def test_labelled_cases_are_in_the_order_of_how_bad_they_are() -> None:
    by_band: list[list[int]] = [[risk(steps, setting).score for _, steps, setting, between in LABELLED if between == one]
                                for one in (NONE, LOW, REVIEW, APPROVAL, REFUSED)]
    assert all(max(lower) < min(higher) for lower, higher in itertools.pairwise(by_band))


def test_nothing_to_do_is_no_risk() -> None:
    assert risk([], Setting(proved=False)) == Risk(0)


def test_each_part_has_a_reason_and_a_weight() -> None:
    found = risk([step(waits_us=SECOND, loses="values", gone=COLUMN, cannot_undo="no", known=ASSUMED)], Setting(proved=False, offenders=1))
    assert {name for name, _, _ in found.parts} <= {*COMPONENTS, UNCERTAINTY}
    assert all(points > 0 and says for _, points, says in found.parts)


ROWS = draw.integers(0, 10**9)
SEEN = draw.sampled_from([False, True, None])
EVIDENCE = draw.builds(lambda reads, writes, rewrites, scans, share, fixed: Evidence(
    True, True, True, reads, writes, rewrites, scans, us_fixed=None if share is None else fixed,
    us_per_million_rows=None if share is None else int(share * (REWRITE_US_PER_MILLION if rewrites is not False else SCAN_US_PER_MILLION))),
    SEEN, SEEN, SEEN, SEEN, draw.one_of(draw.none(), draw.floats(0, 1)), draw.integers(0, 10_000))
STEPS = draw.builds(step, waits_us=draw.integers(0, 10**10), takes_us=draw.integers(0, 10**11), loses=draw.sampled_from(["", "values"]),
                    for_good=draw.booleans(), cannot_undo=draw.sampled_from(["", "no"]), gone=draw.sampled_from([None, COLUMN, TABLE]),
                    statements=draw.integers(1, 3), transactional=draw.booleans(), checks=draw.booleans(),
                    known=draw.sampled_from([CATALOG, MEASURED, ASSUMED]))
SETTINGS = draw.builds(lambda users, proved, offenders, heat: Setting(users={COLUMN: users, TABLE: users}, proved=proved, offenders=offenders,
                                                                     heat={TABLE: heat}),
                       draw.integers(0, 50), draw.booleans(), draw.integers(0, 9), draw.integers(0, 1000))


def of(evidence: Evidence, rows: int) -> Risk:
    """The risk of one step with this evidence on so many rows."""
    price = cost(evidence, rows)
    return risk([step(waits_us=price.waits_us, takes_us=price.takes_us, known=price.basis)], Setting())


@given(EVIDENCE, ROWS, ROWS)
def test_more_rows_never_lower_it(evidence: Evidence, some: int, more: int) -> None:
    some, more = sorted((some, more))
    assert of(evidence, some).score <= of(evidence, more).score


@given(EVIDENCE, ROWS, draw.sampled_from(["blocks_reads", "blocks_writes", "rewrites", "scans"]))
def test_a_worse_verdict_or_none_never_lowers_it(evidence: Evidence, rows: int, verdict: str) -> None:
    best, worst, unknown = (of(Evidence(**{**vars(evidence), verdict: one}), rows).score for one in (False, True, None))
    assert best <= worst <= unknown


@given(EVIDENCE, ROWS)
def test_what_was_not_timed_is_never_less_to_fear(evidence: Evidence, rows: int) -> None:
    """As long as this server is no slower than the slowest that was ever seen."""
    assert of(evidence, rows).score <= of(replace(evidence, us_fixed=None, us_per_million_rows=None), rows).score


@given(draw.lists(STEPS, max_size=4), STEPS, SETTINGS)
def test_one_step_more_never_lowers_it(steps: list[Step], more: Step, setting: Setting) -> None:
    assert risk(steps, setting).score <= risk([*steps, more], setting).score


@given(draw.lists(STEPS, min_size=1, max_size=4), SETTINGS, draw.sampled_from([
    {"proved": False}, {"offenders": 10}, {"users": {COLUMN: 60, TABLE: 60}}, {"heat": {TABLE: 2000}}, {"budget": Budget(100_000, 25_000)}]))
def test_a_worse_setting_never_lowers_it(steps: list[Step], setting: Setting, worse: dict[str, object]) -> None:
    assert risk(steps, setting).score <= risk(steps, replace(setting, **worse)).score  # type: ignore[arg-type]


@given(draw.lists(STEPS, max_size=4), SETTINGS)
def test_the_same_input_has_the_same_score_in_any_order(steps: list[Step], setting: Setting) -> None:
    assert risk(steps, setting) == risk(steps, setting)
    assert risk(steps, setting).score == risk(steps[::-1], setting).score
    assert 0 <= risk(steps, setting).score <= 100
