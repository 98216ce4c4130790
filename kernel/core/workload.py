"""What users do to a database while it is changed, how a server lets them wait for one another, and how patient we are. Whole numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ALL, WRITES, NOBODY = "all", "writes", "nobody"
"""Who is kept out by a lock of ours: everybody, those who write, or nobody but other changes."""


@dataclass(frozen=True, eq=False)
class LockRules:
    """Which locks of one relation do not go together, and which of them users take. Each server has one, which is only like itself.

    `bars` is the mode that keeps out ALL, WRITES or NOBODY. `edge`: a change takes this mode for `edge_us` at its begin and its end, whatever it
    holds between; at the end for `swap_us` where rows were written anew. `least_wait_ms`: a limit on waiting is rounded up to this. `whole`: all
    tables are one relation.
    """

    conflicts: Mapping[str, frozenset[str]]
    read: str
    write: str
    bars: Mapping[str, str]
    edge: str = ""
    edge_us: int = 0
    swap_us: int = 0
    least_wait_ms: int = 1
    whole: bool = False


PLAIN = LockRules(
    {"read": frozenset({ALL}), "write": frozenset({WRITES, ALL}), NOBODY: frozenset({NOBODY, WRITES, ALL}),
     WRITES: frozenset({"write", NOBODY, WRITES, ALL}), ALL: frozenset({"read", "write", NOBODY, WRITES, ALL})},
    "read", "write", {ALL: ALL, WRITES: WRITES, NOBODY: NOBODY})
"""For servers of which no more is known than who is kept out."""


@dataclass(frozen=True)
class Ladder:
    """How long a statement of ours waits for its lock, attempt by attempt (milliseconds; then the last one again), for how long it pauses between,
    and after how many milliseconds it gives up."""

    rungs_ms: tuple[int, ...] = (20, 20, 50, 50, 100, 100, 200, 200)
    pause_ms: tuple[int, int] = (20, 100)
    patience_ms: int = 60_000

    def rung(self, attempt: int) -> int:
        return self.rungs_ms[min(attempt, len(self.rungs_ms) - 1)]


@dataclass(frozen=True)
class Traffic:
    """Requests to one table in a thousand seconds."""

    reads: int = 0
    writes: int = 0


@dataclass(frozen=True)
class Long:
    """Transactions that stay open on a table for long: for how many microseconds, and how many begin in an hour; with 0, one is open when we
    begin and stays for so long from there on."""

    table: str
    lasts_us: int
    per_hour: int
    writes: bool = False


@dataclass(frozen=True)
class Workload:
    """What users do: requests per table, a sample of how long their transactions take (microseconds), how many of them there are, and who stays
    for long. `source` says how it is known; `assumed` is a guess, and `traffic` of a table that is not named is `otherwise`."""

    traffic: Mapping[str, Traffic] = field(default_factory=dict)
    lengths_us: tuple[int, ...] = (1_000, 2_000, 3_000, 5_000, 14_000)
    clients: int = 20
    long: tuple[Long, ...] = ()
    source: str = "assumed"
    otherwise: Traffic = Traffic(80_000, 20_000)

    def of(self, table: str) -> Traffic:
        return self.traffic.get(table, self.otherwise)

    def as_json(self) -> dict[str, Any]:
        return {"traffic": {table: [one.reads, one.writes] for table, one in sorted(self.traffic.items())}, "lengths_us": list(self.lengths_us),
                "clients": self.clients, "long": [[one.table, one.lasts_us, one.per_hour, one.writes] for one in self.long], "source": self.source,
                "otherwise": [self.otherwise.reads, self.otherwise.writes]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Workload:
        return cls({table: Traffic(*one) for table, one in data["traffic"].items()}, tuple(data["lengths_us"]), data["clients"],
                   tuple(Long(*one) for one in data["long"]), data["source"], Traffic(*data["otherwise"]))


ASSUMED = Workload()


@dataclass(frozen=True)
class Felt:
    """What users feel of a step, by the model: microseconds that they wait (of all requests in the ten seconds from its begin, or until it is done:
    half of them at most p50, all but one in a hundred at most p99; the longest in a run like most, and in the worst run), client-microseconds of
    waiting in all, in how many runs of a million the first attempt is refused and in how many patience is spent, a thousand times the attempts,
    and when it is done."""

    p50_us: int = 0
    p99_us: int = 0
    longest_us: int = 0
    worst_us: int = 0
    blocked_us: int = 0
    refused_ppm: int = 0
    gave_up_ppm: int = 0
    attempts_k: int = 1000
    done_us: int = 0
    requests: int = 0

    def as_json(self) -> dict[str, int]:
        return dict(vars(self))

    @classmethod
    def from_json(cls, data: Mapping[str, int]) -> Felt:
        return cls(**data)


@dataclass(frozen=True)
class Counters:
    """What a server has counted since `since_us` ago: (reads, writes) of each table, transactions and how long they were busy (-1: not known); and
    who is there now: clients, and open transactions as (table, age in microseconds, whether it writes)."""

    since_us: int
    requests: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    transactions: int = 0
    busy_us: int = -1
    clients: int = 0
    open: tuple[tuple[str, int, bool], ...] = ()
