"""How the cost of a strategy grows with the table: its statements are timed over a small table and over a larger one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from kernel.core.errors import Gone, ServerError
from kernel.core.evidence import Evidence
from kernel.core.node import Catalog
from kernel.core.strategy import Strategy
from kernel.planning.learn import Learner, Probe
from kernel.planning.ports import Session
from kernel.planning.rows import fill
from kernel.planning.watching import settings

SMALL, LARGE = 3_000, 20_000
"""Rows: enough to tell a cost that grows from one that does not, and few enough to be filled in while somebody waits."""

MOST_TRIES = 3

LITTLE_US = 10_000
"""What takes no longer over the larger table is a trifle, however its time came about: half a second for a million rows at the most."""


def timed(learner: Learner, probes: Iterable[Probe], evidence: Evidence) -> Evidence:
    """The evidence with its times; as it is where the tables cannot be filled, or the strategy has nothing to do with their rows."""
    for probe in probes:
        staged = learner.staged(probe)
        if not isinstance(staged, tuple) or not _of_rows(probe):
            continue
        try:
            times = _times(learner, probe, staged[2], again=evidence.transactional is True)
        except Gone:
            raise
        except ServerError:
            continue
        finally:
            learner.forget()
        if times:
            fixed, slope = line(*times, certain=True in (evidence.rewrites, evidence.scans))
            return replace(evidence, us_fixed=fixed, us_per_million_rows=slope)
    return evidence


def _times(learner: Learner, probe: Probe, strategy: Strategy, *, again: bool) -> tuple[int, int] | None:
    """The best times over both sizes: a busy machine only ever adds. What can be taken back runs again on the same rows, all else on new ones,
    unless the first times tell already that the rows are most of it, or that they hardly count. Once more where the larger table seemed to
    take no longer."""
    best: dict[int, int] = {}
    for number in range(MOST_TRIES):
        for rows in (SMALL, LARGE):
            took = _took(learner, probe, strategy, rows, again=again)
            if took is None:
                return None
            best[rows] = min(took, best.get(rows, took))
        told = again or number or best[LARGE] < LITTLE_US or best[LARGE] > 2 * best[SMALL]
        if told and best[LARGE] > best[SMALL]:
            break
    return best[SMALL], best[LARGE]


def line(small: int, large: int, *, certain: bool) -> tuple[int, int]:
    """Microseconds at no rows, and for each million of them, from what the two sizes took.

    Where it is `certain` that it grows and the clock did not show it, all of the time is taken to be the rows' share.
    """
    slope = (large - small) / (LARGE - SMALL)
    if slope <= 0:
        return (0, round(large / LARGE * 1e6)) if certain else (max(small, large), 0)
    return max(0, round(small - slope * SMALL)), round(slope * 1e6)


def _of_rows(probe: Probe) -> bool:
    """The story is about a table that is there before, or about something of one."""
    tables = {one.id.path for one in probe.sample.before if one.id.kind == "table"}
    return probe.sample.subject.path[:2] in tables


def _took(learner: Learner, probe: Probe, strategy: Strategy, rows: int, *, again: bool) -> int | None:
    """Microseconds of its statements over tables of so many rows; the best of some runs where it can be taken back. None if the rows do not fit."""
    place = learner.scratch
    learner.forget()
    learner.make(probe.sample.before)
    if any(count < rows for count in fill(place, Catalog(probe.sample.before), rows).values()):
        return None
    if not again:
        with settings(place, strategy):
            return _run(place, strategy)
    took = []
    for _ in range(MOST_TRIES):
        with settings(place, strategy):
            place.begin()
            try:
                took.append(_run(place, strategy))
            finally:
                place.rollback()
    return min(took)


def _run(place: Session, strategy: Strategy) -> int:
    began = time.monotonic()
    for statement in strategy.statements:
        place.run(statement)
    return int((time.monotonic() - began) * 1e6)
