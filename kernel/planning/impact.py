"""What users will feel of a plan: its steps, as far as they are known, put to the lock-queue model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from kernel.core.errors import InputError
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Step
from kernel.core.workload import ALL, ASSUMED, NOBODY, WRITES, Counters, Felt, Ladder, LockRules, Long, Traffic, Workload
from kernel.planning.cost import lasts
from kernel.planning.queue import attempts_of, feel

MOMENT_US = 10_000
"""How long a change of the catalog alone takes."""

LONG_US = 150_000
"""An open transaction as old as this is one of those that stay for long."""

FEWEST = 100
"""Fewer transactions tell nothing of how many there are."""

IDLE = 1_000
"""Fewer requests in a thousand seconds say that nobody is there yet, and not that nobody will be."""

SHARES = (0.13, 0.47, 0.98, 2.08)
"""Quantiles of waiting times of a mean of about one: short transactions are many, longer ones are few."""


def workload_of(before: Counters | None, after: Counters | None) -> Workload:
    """What users do, by what the server counted: on average since it began to count, or of late where that was more. Servers count rows; a
    transaction that writes a million is one that asks for the table."""
    if after is None or after.transactions < FEWEST or after.since_us <= 0:
        return ASSUMED
    late = after.since_us - before.since_us if before is not None else 0

    def rate(now: int, then: int) -> int:
        average = now * 1_000_000_000 // after.since_us
        return max(average, (now - then) * 1_000_000_000 // late) if late > 500_000 else average
    most = rate(after.transactions, before.transactions if before is not None else 0)
    traffic = {}
    for table, (reads, writes) in after.requests.items():
        then = before.requests.get(table, (0, 0)) if before is not None else (0, 0)
        traffic[table] = Traffic(min(most, rate(reads, then[0])), min(most, rate(writes, then[1])))
    if sum(one.reads + one.writes for one in traffic.values()) < IDLE:
        return ASSUMED
    mean = after.busy_us // after.transactions if after.busy_us >= 0 else -1
    lengths = tuple(max(100, int(mean * share)) for share in SHARES) if mean > 0 else ASSUMED.lengths_us
    return Workload(traffic, lengths, max(2, after.clients), tuple(_long(before, after)), "live", Traffic())


def given(workload: Workload, schema: str, base: Catalog | None = None) -> Workload:
    """As people wrote it, with the usual schema where they wrote none. InputError where a table is not there; without a catalog nobody asks."""
    def named(table: str) -> str:
        return f"{schema}.{table}" if schema and "." not in table else table
    tables = {named(table): one for table, one in workload.traffic.items()}
    long = tuple(replace(one, table=named(one.table)) for one in workload.long)
    if base is not None:
        there = {one.id.label for one in base.of("table")}
        if strange := sorted({*tables, *(one.table for one in long)} - there):
            raise InputError(f"the workload speaks of {strange[0]}, and there is no such table", why="there are " + ", ".join(sorted(there)[:20]),
                             next="correct its name in the workload")
    return replace(workload, traffic=tables, long=long)


def _long(before: Counters | None, after: Counters) -> Iterable[Long]:
    """Those that were seen open. One of age a, met by chance, lasts about twice that; and one such is open as often as one was seen."""
    looks = [one for one in (before, after) if one is not None]
    seen: dict[tuple[str, bool], list[int]] = {}
    for look in looks:
        for table, age, writes in look.open:
            if age >= LONG_US:
                seen.setdefault((table, writes), []).append(2 * age)
    for (table, writes), ages in sorted(seen.items()):
        longest = max(ages)
        yield Long(table, longest, max(1, math.ceil(len(ages) / len(looks) * 3.6e9 / longest)), writes)


def planned(step: Step, reads: bool | None, writes: bool | None, base: Catalog, workload: Workload, ladder: Ladder, rules: LockRules) -> Felt:
    """What users feel of a step of which it is known whom it keeps out, and about how long it takes."""
    bars = ALL if reads is not False else WRITES if writes is not False else NOBODY
    tables = [one.label for one in tables_of(step, base)]
    long = max(step.takes_us, 0) or step.estimate_us
    if step.strategy.apart:
        held = min(MOMENT_US, long) if len(step.strategy.statements) > 1 else long
        rest = max(0, long - held) // max(1, len(step.strategy.statements) - 1)
        statements = [(tables, bars, held), *((tables, NOBODY, rest) for _ in step.strategy.statements[1:])]
    else:
        statements = [(tables, bars, max(long, 0))]
    return felt_of(step, statements, workload, ladder, rules)


def felt_of(step: Step, statements: Sequence[tuple[Sequence[str], str, int]], workload: Workload, ladder: Ladder, rules: LockRules) -> Felt:
    """Of statements whose tables, whom they keep out of these and how long they take are known. Those of which apply is patient keep nobody out
    while they wait."""
    told = [one for one in statements if one[0]]
    if not told:
        return Felt()
    names = {table: str(number) for number, table in enumerate(sorted({table for tables, _, _ in told for table in tables}))}
    return _felt(tuple((tuple(names[one] for one in tables), bars, lasts) for tables, bars, lasts in told),
                 tuple((name, workload.of(table)) for table, name in names.items()),
                 tuple(replace(one, table=names[one.table]) for one in workload.long if one.table in names), workload.lengths_us, workload.clients,
                 ladder, rules, step.transactional and not step.strategy.apart, step.rewrites is True)


@lru_cache(maxsize=4096)
def _felt(statements: tuple[tuple[tuple[str, ...], str, int], ...], traffic: tuple[tuple[str, Traffic], ...], long: tuple[Long, ...],
          lengths: tuple[int, ...], clients: int, ladder: Ladder | None, rules: LockRules, together: bool, anew: bool) -> Felt:
    """Of many steps alike only one is played: what the tables are called does not matter."""
    modes = {rules.bars[bars] for _, bars, _ in statements} | ({rules.edge} if rules.edge and not together else set())
    if not any(mode in rules.conflicts[one] for one in (rules.read, rules.write) for mode in modes):
        return Felt(done_us=sum(lasts for _, _, lasts in statements))
    return feel(attempts_of(statements, rules, together=together, anew=anew), Workload(dict(traffic), lengths, clients, long), ladder, rules)


def tables_of(step: Step, base: Catalog) -> list[NodeId]:
    """The tables with rows that a step is about: those that were there before, and their like at the other end of a foreign key."""
    ids = {id for states in (step.before, step.after) for id in states}
    found = {NodeId("table", id.path[:2]) for id in ids if len(id.path) > 1}
    found |= {need for id in ids if id.kind == "foreign_key" and id in base for need in base[id].depends_on if need.kind == "table"}
    return sorted(one for one in found if one in base)


def at_live_size(microseconds: int, rows: int, live: int, *, grows: bool, per_million: int | None) -> int:
    """How long a step takes on so many live rows that took so long on the twin's: by its measured slope, or in proportion. What does not
    grow with the rows takes as long."""
    if not grows or live <= rows or rows <= 0:
        return microseconds
    if per_million is not None:
        return microseconds + per_million * (live - rows) // 1_000_000
    return microseconds * live // rows


def in_words(workload: Workload, tables: Iterable[str]) -> str:
    """Whom the model's figures are about."""
    listed = sorted(set(tables))
    rate = sum(one.reads + one.writes for one in map(workload.of, listed)) / 1000
    known = {"live": "as the server counted", "given": "as given", "assumed": "assumed: the server told of none"}[workload.source]
    long = [one for one in workload.long if one.table in listed]
    stay = f", transactions of up to {max(one.lasts_us for one in long) / 1e6:.1f} s" if long else ""
    return f"{rate:.0f} requests a second by {workload.clients} clients{stay} ({known})"


UNNOTICED_US = 20_000
"""Nobody notices that a request took so much longer."""


def says(felt: Felt) -> str:
    """What users feel, in a line; "" where nobody notices."""
    if felt.worst_us < UNNOTICED_US:
        return ""
    found = [f"the longest wait is about {lasts(max(felt.longest_us, UNNOTICED_US))}"
             + (f", {lasts(felt.worst_us)} at worst" if felt.worst_us > 2 * max(felt.longest_us, UNNOTICED_US) else "")]
    if felt.p99_us >= UNNOTICED_US:
        found.append(f"1 request in 100 waits {lasts(felt.p99_us)} or longer" + (f", and half of them {lasts(felt.p50_us)}" if felt.p50_us else ""))
    if felt.blocked_us >= 1_000_000:
        found.append(f"all of them together {lasts(felt.blocked_us)}")
    return "; ".join(found)


def tries(felt: Felt) -> str:
    """How often the lock is not had at once; "" where it always is."""
    if not felt.refused_ppm:
        return ""
    spent = f", and patience is spent in {_of_100(felt.gave_up_ppm)}" if felt.gave_up_ppm else ""
    return f"the first attempt at the lock fails in {_of_100(felt.refused_ppm)} of 100 cases; {felt.attempts_k / 1000:.1f} attempts on average{spent}"


def _of_100(ppm: int) -> str:
    return str(max(1, round(ppm / 10_000)))
