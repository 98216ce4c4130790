"""For how long a strategy keeps others waiting on a table of so many rows, and how that is known.

    estimate = fixed part + slope x rows          for who is kept waiting at all, as the rehearsal saw

The slope is this server's own where it was timed, else the worst that was seen anywhere; the budget is held against an upper
estimate of either. What is not known counts as the worst, and the words say so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kernel.core.evidence import Evidence
from kernel.core.strategy import Strategy

CATALOG_US = 10_000
SCAN_US_PER_MILLION = 600_000
REWRITE_US_PER_MILLION = 3_400_000
"""The slowest figures seen on nine servers (docs/measurements.md): until this server's own slopes are known, the worst is assumed."""

PIECES_US_PER_MILLION = 25_000_000
COPY_US_PER_MILLION = 30_000_000
INDEX_US_PER_MILLION = 2_600_000
"""What runs beside others: values written piece by piece into the same rows, rows copied to another table, and an index built."""

UPPER = 2.5
"""By how much a statement took longer than predicted from small tables, at the worst (docs/measurements.md)."""

TIMED_ROWS = 60_000
"""Rows of the largest clone over which a statement is timed while planning."""

MEASURED, ASSUMED, CATALOG = "measured", "assumed", "catalog"


@dataclass(frozen=True)
class Cost:
    """For how long writers and readers are kept waiting, at the worst; `takes_us` is how long it runs as far as it can be told, -1 if it can't.

    `basis`: its slope was `measured` here or `assumed`, or it only changes the catalog. `unseen` says who may wait without anybody having seen it.
    """

    writes_us: int
    reads_us: int
    takes_us: int = -1
    basis: str = CATALOG
    per_million_us: int = 0
    unseen: str = ""

    @property
    def waits_us(self) -> int:
        return self.writes_us + self.reads_us

    @property
    def words(self) -> str:
        who = {name: us for name, us in (("writes", self.writes_us), ("reads", self.reads_us)) if us}
        if not who:
            return "blocks nobody"
        if max(who.values()) // 1000 <= CATALOG_US // 1000:
            return f"blocks {' and '.join(who)} for a moment"
        return "blocks " + " and ".join(f"{name} {lasts(us)}" for name, us in who.items())

    def because(self, server: str) -> str:
        """What the figure rests on; "" where nobody waits and nothing grows."""
        slope = f"{lasts(self.per_million_us)} per million rows"
        reasons = {MEASURED: f"{slope}, as timed on {server or 'this server'}", ASSUMED: f"{slope}, the slowest seen on any server: not timed here"}
        said = [reasons[self.basis]] if self.basis in reasons and self.waits_us else []
        return "; ".join([*said, *([self.unseen] if self.unseen else [])])


@dataclass(frozen=True)
class Budget:
    """For how long others may be kept waiting, in microseconds."""

    blocked_writes_us: int = 200_000
    blocked_reads_us: int = 50_000

    def fits(self, cost: Cost) -> bool:
        return cost.writes_us <= self.blocked_writes_us and cost.reads_us <= self.blocked_reads_us

    @property
    def words(self) -> str:
        return f"{lasts(self.blocked_writes_us)} for writes, {lasts(self.blocked_reads_us)} for reads"


def lasts(microseconds: int) -> str:
    """A length of time for people, never shorter than it is by half."""
    seconds = microseconds / 1e6
    if seconds < 1:
        return f"{max(1, microseconds // 1000)} ms"
    for unit, size, most in (("s", 1, 120), ("min", 60, 120), ("h", 3600, 48)):
        if seconds < size * most:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / 86400:.1f} d"


def beside(strategy: Strategy) -> int:
    """Microseconds for each million rows that a strategy runs while others go on, for all that is known."""
    if strategy.pieces:
        return COPY_US_PER_MILLION if strategy.whole else PIECES_US_PER_MILLION
    return INDEX_US_PER_MILLION if strategy.patient else SCAN_US_PER_MILLION if strategy.apart else 0


def cost(evidence: Evidence, rows: int, beside_us: int = 0, *, in_pieces: bool = False) -> Cost:
    """What the evidence means for a table of this many rows; `beside_us` is what runs for a million of them while others go on, be it piece by
    piece or all at once."""
    rows = max(rows, 0)
    slope, fixed, basis = _line(evidence)
    assumed = fixed + (slope if basis == MEASURED else slope + beside_us) * rows // 1_000_000
    took = assumed if evidence.runs_us_per_million is None else _runs(evidence, rows, in_pieces)
    held = max(CATALOG_US, fixed) + int(UPPER * slope * rows / 1_000_000)
    unseen = [who for who, seen in (("writers", evidence.blocks_writes), ("readers", evidence.blocks_reads)) if seen is None]
    return Cost(held if evidence.blocks_writes is not False else 0, held if evidence.blocks_reads is not False else 0, took, basis, slope,
                f"nobody could see whether {' and '.join(unseen)} wait, so they are taken to" if unseen else "")


def _runs(evidence: Evidence, rows: int, in_pieces: bool) -> int:
    """Microseconds that it runs, whoever waits, as timed on clones of the very table. Rows that are sorted, or put into an index, cost the more
    the more there are at once: a logarithm more of them, which is little where there is none of that."""
    more = 1.0 if in_pieces else max(1.0, math.log(max(rows, 2)) / math.log(TIMED_ROWS))
    return (evidence.runs_us_fixed or 0) + int((evidence.runs_us_per_million or 0) * more * rows / 1_000_000)


def _line(evidence: Evidence) -> tuple[int, int, str]:
    """Microseconds for a million rows and for none, and where they come from."""
    if evidence.rewrites is False and evidence.scans is False:
        return 0, CATALOG_US, CATALOG
    if evidence.us_per_million_rows is not None:
        return evidence.us_per_million_rows, evidence.us_fixed or 0, MEASURED
    return (REWRITE_US_PER_MILLION if evidence.rewrites is not False else SCAN_US_PER_MILLION), CATALOG_US, ASSUMED
