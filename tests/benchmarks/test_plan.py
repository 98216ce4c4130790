"""How dear a plan is, as a ratio to the server's own schema dump and to its raw catalog in the same run: absolute times tell nothing here.

    make bench                                                                      100 and 1,000 tables
    SQLX_BENCH_TABLES=10000 SQLX_TEST_SERVERS=pg-18 make bench                      as many as you like, and where

Each figure is of CPU, of sqlx and of the server together, the cheapest of some runs; the ratio of seconds on the wall stands behind it.
`cold` has the knowledge of the server and nothing else that an earlier run found out; `same` finds all as the run before it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.benchmarks.measure import Cost, cheapest, cost
from tests.observer import observer
from tests.product import PROGRAM, ROOT, done
from tests.servers import servers
from tests.servers.databases import RealServer

pytestmark = pytest.mark.bench

TABLES = [int(one) for one in os.environ.get("SQLX_BENCH_TABLES", "100,1000").split(",")]
SERVERS = ("sqlite", "pg-18", "mysql-9.7", "mariadb-10.11")
RUNS = 3


@dataclass(frozen=True)
class Goal:
    """At most so many times what `beside` costs (`dump` or `raw`), on servers whose label begins so, from so many tables on."""

    server: str
    what: str
    beside: str
    most: float
    tables: int = 1000


GOALS = (
    Goal("pg", "cold", "dump", 1.0), Goal("pg", "same", "dump", 0.3), Goal("pg", "1 % changed", "dump", 1.2),
    Goal("mysql", "cold", "raw", 3.0), Goal("mariadb", "cold", "raw", 3.0), Goal("sqlite", "cold", "raw", 2.0),
)
MEMORY = 400
"""MB, at 10,000 tables."""


def script(tables: int) -> str:
    """Tables of ten columns, each with a key, three indexes, a check and a foreign key to an earlier one."""
    made = []
    for number in range(tables):
        link = f", CONSTRAINT t{number}_f FOREIGN KEY (c1) REFERENCES t{number // 2} (id)" if number else ""
        made.append(f"CREATE TABLE t{number} (id bigint NOT NULL PRIMARY KEY, c1 bigint, c2 varchar(80) NOT NULL DEFAULT 'x', c3 decimal(10, 2),"
                    f" c4 date, c5 varchar(50), c6 integer, c7 smallint, c8 date, c9 double precision,"
                    f" CONSTRAINT t{number}_c CHECK (c6 > 0){link});\n"
                    f"CREATE INDEX t{number}_a ON t{number} (c1);\nCREATE INDEX t{number}_b ON t{number} (c2, c3);\n"
                    f"CREATE UNIQUE INDEX t{number}_d ON t{number} (c5);\n")
    return "".join(made)


def dumped(server: RealServer, url: str) -> Cost | None:
    """The schema by the server's own means; None where they are not on this machine."""
    if server.engine == "sqlite":
        return cheapest(RUNS, sys.executable, "-c", f"import sqlite3; print(*sqlite3.connect({url.removeprefix('sqlite:///')!r}).iterdump())")
    if server.engine == "pg":
        return cheapest(RUNS, servers.tool("pg_dump"), "--schema-only", "-d", url, pid=server.pid)
    program = shutil.which("mariadb-dump") or shutil.which("mysqldump")
    if program is None:
        return None
    words = ("--no-data", f"--host={server.host}", f"--port={server.port}", f"--user={server.user}", url.rpartition("/")[2])
    return cheapest(1, program, *words, pid=server.pid)


def changed(folder: Path, tables: int) -> None:
    """One column more in each hundredth table."""
    for number in range(0, tables, 100):
        (file,) = folder.rglob(f"t{number}.yaml")
        file.write_text(file.read_text().replace("  c9:", "  c10: string(20)\n  c9:"))


def lines(label: str, tables: int, costs: dict[str, Cost]) -> Iterator[str]:
    """What people read, and `MISSED` where a goal is."""
    yield f"\n{label}, {tables} tables:"
    for what, one in costs.items():
        ratios = [f"{one.cpu / costs[beside].cpu:5.2f} x {beside} ({one.wall / costs[beside].wall:.2f} on the wall)"
                  for beside in ("dump", "raw") if beside in costs and one.cpu and costs[beside].cpu]
        yield f"  {what:12} {one.own:6.2f} s own + {one.server:6.2f} s server, {one.memory:4.0f} MB   {'  '.join(ratios)}"
    for goal in GOALS:
        if label.startswith(goal.server) and tables >= goal.tables and {goal.what, goal.beside} <= costs.keys():
            ratio = costs[goal.what].cpu / costs[goal.beside].cpu
            yield f"  {'met   ' if ratio <= goal.most else 'MISSED'} {goal.what}: {ratio:.2f} x {goal.beside}, at most {goal.most}"
    if tables >= 10_000:
        most = max(one.memory for what, one in costs.items() if what not in ("dump", "raw"))
        yield f"  {'met   ' if most <= MEMORY else 'MISSED'} memory: {most:.0f} MB, at most {MEMORY}"


@pytest.mark.parametrize("tables", TABLES)
@pytest.mark.parametrize("label", SERVERS)
def test_plan(label: str, tables: int, real_server: Callable[[str], RealServer], learned: None, knowledge_folder: Path,
              fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    server = real_server(label)
    url, folder = fresh_database(server), tmp_path / "schema"
    observer(server, url).load(script(tables))
    pulled = cost(*PROGRAM, "snapshot:pull", "--target", url, "--out", folder, pid=server.pid, folder=ROOT)

    def planned() -> Cost:
        return cost(*PROGRAM, "plan:diff", "--target", url, "--desired", folder, pid=server.pid, folder=ROOT)

    def forgotten() -> None:
        for one in ("outcomes", "catalogs"):
            shutil.rmtree(knowledge_folder / "sqlx" / one, ignore_errors=True)

    def cold() -> Cost:
        forgotten()
        return planned()

    def least(once: Callable[[], Cost]) -> Cost:
        return min((once() for _ in range(RUNS)), key=lambda one: one.cpu)

    costs = {"raw": cheapest(RUNS, sys.executable, "-m", "tests.benchmarks.raw", url, pid=server.pid, folder=ROOT), "pull": pulled}
    if dump := dumped(server, url):
        costs["dump"] = dump
    planned()
    costs |= {"cold": least(cold), "same": least(planned)}
    changed(folder, tables)
    done("plan:diff", "--target", url, "--desired", folder)
    costs["1 % changed"] = cost(*PROGRAM, "plan:diff", "--target", url, "--desired", folder, pid=server.pid, folder=ROOT)
    costs["lint"] = cost(*PROGRAM, "lint", folder, folder=ROOT)
    print("\n".join(lines(label, tables, costs)))
