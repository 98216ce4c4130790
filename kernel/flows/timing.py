"""How long the long steps of a plan run: timed on clones of their very tables at two sizes, with rows like theirs and by the engine that applies it.

A wider row, one more index on it or a collation make the same statement several times as slow: what was learned of one table says little about
another. Nothing else of the plan rests on it: for how long somebody waits is learned and rehearsed, and taken at its worst.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kernel.core.errors import Gone, ServerError
from kernel.core.evidence import UNKNOWN
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Step
from kernel.core.statistics import TableStatistics
from kernel.core.strategy import Pieces, Strategy
from kernel.flows.pieces import in_pieces, with_rests
from kernel.kinds import _inheritance as inheritance
from kernel.planning.choose import Chooser
from kernel.planning.clones import concerned
from kernel.planning.cost import TIMED_ROWS
from kernel.planning.rows import fill_for
from kernel.planning.steps import Draft
from kernel.planning.watching import settings

SIZES = (12_000, TIMED_ROWS)
"""Rows of the largest table: enough for pieces that begin small to have come to their size, and filled in within a second or two."""

LONG_US = 200_000
"""What is thought to be over sooner is not worth being timed."""

TRIES = 3
"""So often what can be taken back is tried; once more, and it stays."""

MOST_TABLES = 5
"""Of so many tables the longest steps are timed: people wait for a plan, and the longest ones are nearly all of the time that it runs."""


@dataclass(frozen=True)
class Line:
    """Microseconds that a step runs: for no rows, and for each million; None where rows like those of its tables do not fit it."""

    fixed: int
    per_million: int | None


UNTIMED = Line(0, None)


def slow(draft: Draft, chooser: Chooser) -> list[Step]:
    """The steps that are worth being timed and were not yet, on some tables at the most."""
    found: list[Step] = []
    tables: set[NodeId] = set()
    listed = zip(draft.steps, draft.subjects, strict=True)
    for step, (subject, capability) in sorted(listed, key=lambda one: -one[0].takes_us):
        seen = chooser.seen.get((subject, capability), UNKNOWN)
        if step.takes_us > LONG_US and seen.runs_us_fixed is None:
            more = tables | chooser.tables_of(subject, step.strategy)
            if len(more) <= MOST_TABLES or not found:
                tables = more
                found.append(step)
    return found


def timed(place: Any, sides: tuple[Catalog, Catalog], draft: Draft, wanted: Collection[Step], chooser: Chooser,
          statistics: Mapping[NodeId, TableStatistics], build: Callable[[Catalog], str]) -> dict[int, Line]:
    """What these steps take, by their numbers."""
    over = {step.number: _with_parts(chooser.tables_of(subject, step.strategy), sides[0])
            for step, (subject, _) in zip(draft.steps, draft.subjects, strict=True)}
    filled = {id for step in wanted for id in _with_parts(concerned(step, sides), sides[0]) | over[step.number]}
    seen: list[dict[int, tuple[int, int]]] = []
    for size in SIZES:
        if build(sides[0]):
            return {step.number: UNTIMED for step in wanted}
        wanted_rows = {**dict.fromkeys((one.id for one in sides[0].of("table")), 1), **_clones(filled, size, chooser.rows)}
        rows = fill_for(place, sides, draft.steps, wanted_rows, statistics)
        counts = {number: sum(rows.get(id, 0) for id in tables) for number, tables in over.items()}
        seen.append({number: (counts[number], took) for number, took in _played(place, draft.steps, chooser)})
    few, many = seen
    return {step.number: _line(few[step.number], many[step.number]) if step.number in few.keys() & many.keys() else UNTIMED for step in wanted}


def _with_parts(tables: Iterable[NodeId], base: Catalog) -> set[NodeId]:
    """The rows of a table with partitions lie in these."""
    there = [one for one in tables if one in base]
    return {*there, *(part for one in there if base[one].text("partition_by") for part in inheritance.below(one, base))}


def _clones(tables: Collection[NodeId], size: int, live: Mapping[NodeId, int]) -> dict[NodeId, int]:
    """So many rows of each, or all where it has fewer; less of all where the largest is no larger than its clone would be."""
    largest = max((live.get(one, TIMED_ROWS) for one in tables), default=TIMED_ROWS)
    most = max(1, size * min(largest, TIMED_ROWS) // TIMED_ROWS)
    return {one: min(most, max(1, live.get(one, most))) for one in tables}


def _played(place: Any, steps: Sequence[Step], chooser: Chooser) -> Iterator[tuple[int, int]]:
    """The steps as far as the rows of the clones let them go, and microseconds that each took: the best time where it can be taken back and tried
    again, for a busy machine only ever adds."""
    for step in steps:
        tried = []
        if chooser.matrix[step.capability].transactional is True and not step.strategy.pieces and not step.strategy.patient:
            with suppress(ServerError):
                tried += [_took(place, step.strategy, keep=False) for _ in range(TRIES)]
        try:
            yield step.number, min([*tried, _took(place, step.strategy, keep=True)])
        except Gone:
            raise
        except ServerError:
            return


def _took(place: Any, strategy: Strategy, *, keep: bool) -> int:
    """Microseconds of its statements."""
    with settings(place, strategy):
        if not keep:
            place.begin()
        try:
            return round(sum(_lasted(place, text, strategy.in_pieces(at)) for at, text in enumerate(strategy.statements)))
        finally:
            if not keep:
                place.rollback()


def _lasted(place: Any, text: str, pieces: Pieces | None) -> float:
    """Microseconds of one statement. The first pieces are small, so that the rests after them would count for more than they do of a large table."""
    began = time.monotonic()
    if pieces is None:
        place.run(text)
        return (time.monotonic() - began) * 1e6
    for _ in in_pieces(place, text, pieces, place.run, rests=False):
        pass
    return with_rests((time.monotonic() - began) * 1e6, place.adapter)


def _line(few: tuple[int, int], many: tuple[int, int]) -> Line:
    """Through both; where the clock did not show that it grows, all of the longer time is taken to be the rows' share."""
    (rows, took), (more, longer) = few, many
    if more < max(2, 2 * rows):
        return UNTIMED
    slope = (longer - took) / (more - rows)
    if slope <= 0:
        return Line(0, round(longer / more * 1e6))
    return Line(max(0, round(took - slope * rows)), round(slope * 1e6))
