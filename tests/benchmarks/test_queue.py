"""The lock-queue model against real servers: a change under users who log every request, and what the model says of it.

    make bench                                       or  .venv/bin/python -m pytest tests/benchmarks/test_queue.py -m bench -s -p no:randomly
    SQLX_BENCH_RUNS=5 ...                            so many repetitions of each (3)

Of each scenario the table gives: p99 and longest of all requests of ten seconds from the begin of the change (medians of the repetitions), real; by
the model with the duration that the change really had; and by the model with the duration that was predicted from a table a fifth as large.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import pytest

from kernel.core.strategy import Strategy
from kernel.core.workload import ALL, NOBODY, WRITES, Felt, Ladder, Long, Traffic, Workload
from kernel.flows.execute import Executor
from kernel.planning.queue import attempts_of, feel
from tests.benchmarks.users import CLIENTS, PER_SECOND, READS, Users
from tests.knowledge import ports
from tests.observer import observer
from tests.servers.databases import RealServer

pytestmark = pytest.mark.bench

RUNS = int(os.environ.get("SQLX_BENCH_RUNS", "3"))
ROWS = {"pg": 2_000_000, "mysql": 400_000}
"""So many that what takes long on each takes about a second or a few."""
WINDOW = 10.0


@dataclass(frozen=True)
class Scenario:
    """Statements with who is kept out by each; `undo` makes the table as it was. `reader`: for how many seconds a transaction that has read
    the table stays open when the change begins. `waits`: it waits for its lock as long as it takes, and not by the ladder.
    `anew`: the rows are written anew."""

    name: str
    statements: tuple[tuple[str, str], ...]
    undo: tuple[str, ...]
    reader: float = 0
    waits: bool = False
    anew: bool = False


PG = (
    Scenario("SET NOT NULL, rows read", (("ALTER TABLE {t} ALTER COLUMN b SET NOT NULL", ALL),), ("ALTER TABLE {t} ALTER COLUMN b DROP NOT NULL",)),
    Scenario("CREATE INDEX", (("CREATE INDEX {t}_x ON {t} (b)", WRITES),), ("DROP INDEX {t}_x",)),
    Scenario("CHECK NOT VALID, then VALIDATE", (("ALTER TABLE {t} ADD CONSTRAINT {t}_c CHECK (b > -1) NOT VALID", ALL),
                                               ("ALTER TABLE {t} VALIDATE CONSTRAINT {t}_c", NOBODY)), ("ALTER TABLE {t} DROP CONSTRAINT {t}_c",)),
    Scenario("ADD COLUMN behind a reader, waiting", (("ALTER TABLE {t} ADD COLUMN n integer", ALL),), ("ALTER TABLE {t} DROP COLUMN n",), 2.0, True),
    Scenario("ADD COLUMN behind a reader, ladder", (("ALTER TABLE {t} ADD COLUMN n integer", ALL),), ("ALTER TABLE {t} DROP COLUMN n",), 2.0),
    Scenario("integer to bigint, rewrite", (("ALTER TABLE {t} ALTER COLUMN b TYPE bigint", ALL),),
             ("ALTER TABLE {t} ALTER COLUMN b TYPE integer",), anew=True),
)
MYSQL = (
    Scenario("integer to bigint, COPY", (("ALTER TABLE {t} MODIFY b bigint", WRITES),), ("ALTER TABLE {t} MODIFY b integer",), anew=True),
    Scenario("ADD INDEX, INPLACE", (("ALTER TABLE {t} ADD INDEX {t}_x (b)", NOBODY),), ("ALTER TABLE {t} DROP INDEX {t}_x",)),
    Scenario("NOT NULL, INPLACE rebuild", (("ALTER TABLE {t} MODIFY b integer NOT NULL", NOBODY),), ("ALTER TABLE {t} MODIFY b integer",), anew=True),
    Scenario("ADD COLUMN behind a reader, waiting", (("ALTER TABLE {t} ADD COLUMN n integer", ALL),), ("ALTER TABLE {t} DROP COLUMN n",), 2.5, True),
    Scenario("ADD COLUMN behind a reader, ladder", (("ALTER TABLE {t} ADD COLUMN n integer", ALL),), ("ALTER TABLE {t} DROP COLUMN n",), 2.5),
    Scenario("ADD CHECK, COPY", (("ALTER TABLE {t} ADD CONSTRAINT {t}_c CHECK (b > -1)", WRITES),),
             ("ALTER TABLE {t} DROP CONSTRAINT {t}_c",), anew=True),
)
ALL_SCENARIOS = [pytest.param(label, one, id=f"{label}-{one.name}") for label, listed in (("pg-18", PG), ("mysql-9.7", MYSQL)) for one in listed]


@dataclass(frozen=True)
class Seen:
    """One run: what users felt, and how long each statement ran once it had its lock, in seconds."""

    latencies: Sequence[float]
    took: tuple[float, ...]
    lengths: tuple[int, ...]
    attempts: int


class Bench:
    """A server with a table for the users, and one a fifth as large for predicting."""

    def __init__(self, server: RealServer, url: str) -> None:
        self.server, self.url, self.edges = server, url, ports()
        self.rows = ROWS[server.engine]
        sequence = ("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
                    " SELECT i, i % 1000, i % 9973, 'some text of thirty letters..' FROM n")
        deep = "" if server.engine == "pg" else "SET SESSION cte_max_recursion_depth = 10000000;"
        for name, rows in (("t", self.rows), ("small", self.rows // 5)):
            observer(server, url).load(f"{deep} CREATE TABLE {name} (id integer NOT NULL PRIMARY KEY, a integer, b integer, c varchar(60));"
                                       f" INSERT INTO {name} {sequence.format(rows=rows)};")

    def connect(self) -> Any:
        from kernel.flows.ports import address_of
        from kernel.udr.adapters import adapter_for
        target = self.edges.target(self.url)
        return adapter_for(target.scheme).connect(address_of(target))

    def predicted(self, one: Scenario) -> tuple[float, ...]:
        """Seconds of each statement, from the smaller table; the better of two, times five where it grew with it at all."""
        session, best = self.connect(), [9e9] * len(one.statements)
        for _ in range(2):
            for at, (text, _) in enumerate(one.statements):
                began = time.monotonic()
                session.run(text.format(t="small"))
                best[at] = min(best[at], time.monotonic() - began)
            for text in one.undo:
                session.run(text.format(t="small"))
        session.close()
        return tuple(took if took < 0.02 else took * 5 for took in best)

    def run(self, one: Scenario, seed: int) -> Seen:
        """Users at work for two seconds by themselves, then the change, then until ten seconds after its begin."""
        session, users = self.connect(), Users(self.connect, "t", self.rows, seed)
        took: list[float] = []
        attempts = 0

        def tell(name: str, **facts: object) -> None:
            nonlocal attempts
            attempts += name == "step.waiting"
        executor = Executor(session, None, {}, "", str, tell)  # type: ignore[arg-type]
        with users.at_work():
            time.sleep(2.5)
            reader = threading.Thread(target=self._reads, args=(one.reader,), daemon=True)
            if one.reader:
                reader.start()
                time.sleep(0.3)
            begin = time.monotonic()
            for text, _ in one.statements:
                def work(text: str = text) -> None:
                    began = time.monotonic()
                    session.run(text.format(t="t"))
                    took.append(time.monotonic() - began)
                executor._laddered(work, Strategy("change", (text,), patient=(0,) if one.waits else ()), 0)
            end = max(begin + WINDOW, time.monotonic())
            time.sleep(max(0.0, end + 0.5 - time.monotonic()))
        for text in one.undo:
            session.run(text.format(t="t"))
        session.close()
        if one.reader:
            reader.join()
        return Seen(users.felt(begin, end), tuple(took), users.lengths(begin - 0.3), attempts)

    def _reads(self, seconds: float) -> None:
        session = self.connect()
        session.begin()
        session.rows("SELECT a FROM t WHERE id = 1")
        time.sleep(seconds)
        session.rollback()
        session.close()


def modelled(one: Scenario, took: Sequence[float], lengths: tuple[int, ...], rules: Any) -> Felt:
    rate = PER_SECOND * 1000
    traffic = Traffic(round(rate * READS), round(rate * (1 - READS)))
    long = (Long("t", int((one.reader - 0.3) * 1e6), 0),) if one.reader else ()
    workload = Workload({"t": traffic}, lengths, CLIENTS, long, "given")
    statements = [(("t",), bars, int(lasts * 1e6)) for (_, bars), lasts in zip(one.statements, took, strict=True)]
    return feel(attempts_of(statements, rules, together=False, anew=one.anew), workload, None if one.waits else Ladder(), rules, whole=True)


def quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@pytest.mark.parametrize(("label", "scenario"), ALL_SCENARIOS)
def test_what_users_feel(label: str, scenario: Scenario, real_server: Callable[[str], RealServer],
                         fresh_database: Callable[[RealServer], str]) -> None:
    server = real_server(label)
    bench = Bench(server, fresh_database(server))
    session = bench.connect()
    rules = session.adapter.queue
    session.close()
    guessed = bench.predicted(scenario)
    seen = [bench.run(scenario, seed) for seed in range(RUNS)]
    lengths = tuple(sorted(one for run in seen for one in run.lengths))
    # How long a statement behind a reader ran by itself cannot be told from outside: it is what it takes where nobody is in the way.
    truly = [guessed if scenario.reader else run.took for run in seen]
    model = [modelled(scenario, took, lengths, rules) for took in truly]
    foretold = modelled(scenario, guessed, lengths, rules)
    real99 = quantile(sorted(took for run in seen for took in run.latencies), 0.99)
    true99 = median(one.p99_us for one in model) / 1e6
    ran = sum(median(run.took[at] for run in seen) for at in range(len(scenario.statements)))
    cells = [label, scenario.name, f"{real99 * 1e3:.0f} ({', '.join(f'{quantile(run.latencies, 0.99) * 1e3:.0f}' for run in seen)})",
             f"{median(max(run.latencies) for run in seen) * 1e3:.0f}",
             f"{true99 * 1e3:.0f} / {median(one.longest_us for one in model) / 1e3:.0f}",
             f"{foretold.p99_us / 1e3:.0f} / {foretold.longest_us / 1e3:.0f}",
             f"{foretold.p99_us / 1e6 / real99:.2f}", f"{ran * 1e3:.0f} / {sum(guessed) * 1e3:.0f}",
             f"{median(run.attempts for run in seen)} / {foretold.attempts_k / 1000 - 1:.1f}", f"{os.getloadavg()[0]:.0f}"]
    print(f"\n| {' | '.join(cells)} |")
    assert 0.2 <= true99 / real99 <= 5, "not even the order of magnitude"
