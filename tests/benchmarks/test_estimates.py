"""How long changes take on a million rows, as planned and as it was: the estimate of a step against the clock.

    make bench                                             on the servers below
    SQLX_BENCH_ROWS=200000 SQLX_TEST_SERVERS=pg-18 ...     smaller, or elsewhere
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kernel.core.event import Event
from kernel.flows import apply
from kernel.flows import plan as planning
from tests.knowledge import ports
from tests.observer import observer
from tests.servers.databases import RealServer

pytestmark = pytest.mark.bench

ROWS = int(os.environ.get("SQLX_BENCH_ROWS", "1000000"))
SERVERS = ("sqlite", "pg-15", "pg-18", "mysql-9.7", "mariadb-10.11")
FACTOR = 2
LEAST = 0.8
FLOOR_US = 20_000
"""What is over in a moment is not told apart from any other moment on a busy machine."""

PARENT = "CREATE TABLE parent (id integer NOT NULL PRIMARY KEY)"
TABLE = ("CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a integer{a}, b varchar(40){b}, c varchar(60){c}, p integer{more}"
         "{k})")
CHANGES: dict[str, dict[str, str]] = {
    "add a nullable column": {"more": ", n integer"},
    "add a column with a default": {"more": ", n integer NOT NULL DEFAULT 7"},
    "an index on numbers": {"index": "CREATE INDEX i ON t (a)"},
    "an index on texts": {"index": "CREATE INDEX i ON t (b)"},
    "a unique index": {"index": "CREATE UNIQUE INDEX i ON t (a)"},
    "an index on two columns": {"index": "CREATE INDEX i ON t (a, b)"},
    "not null": {"a": " NOT NULL"},
    "a check": {"k": ", CONSTRAINT k CHECK (a > 0)"},
    "a foreign key": {"k": ", CONSTRAINT k FOREIGN KEY (p) REFERENCES parent (id)"},
    "a wider text": {"bigger b": "varchar(80)"},
    "a bigger number": {"bigger a": "bigint"},
    "drop a column": {"without c": "yes"},
}


@dataclass(frozen=True)
class Run:
    """Microseconds that one change was to take, and took."""

    change: str
    planned: int
    took: int

    @property
    def ratio(self) -> float:
        return max(self.planned, FLOOR_US) / max(self.took, FLOOR_US)


def script(change: dict[str, str]) -> str:
    text = TABLE.format(**{name: change.get(name, "") for name in ("a", "b", "c", "more", "k")})
    text = text.replace("a integer", f"a {change.get('bigger a', 'integer')}", 1).replace("varchar(40)", change.get("bigger b", "varchar(40)"))
    if "without c" in change:
        text = text.replace(" c varchar(60),", "")
    return ";\n".join([PARENT, text, *([change["index"]] if "index" in change else [])])


def fill(url: str, server: RealServer) -> None:
    here = observer(server, url)
    ones = f"(SELECT 1 AS id {' '.join(f'UNION ALL SELECT {one}' for one in range(2, 11))})"
    here.load(script({}))
    here.load(f"INSERT INTO parent SELECT x.id + 10 * y.id - 10 FROM {ones} AS x, {ones} AS y")
    many = "(SELECT p.id - 1 + 100 * (q.id - 1) + 10000 * (r.id - 1) + 1 AS n FROM parent AS p, parent AS q, parent AS r) AS m"
    text = "'text ' || (n * 7 % 1000)" if server.engine == "sqlite" else "concat('text ', n * 7 % 1000)"
    here.load(f"INSERT INTO t SELECT n, {ROWS} + 1 - n, {text}, 'some text that is there', n % 100 + 1 FROM {many} WHERE n <= {ROWS}")
    here.load("ANALYZE" if server.engine in ("pg", "sqlite") else "ANALYZE TABLE t")


def played(folder: Path, url: str) -> int:
    """Microseconds that the steps took, as apply says when each began and ended."""
    began, took = 0.0, 0.0

    def tell(event: Event) -> None:
        nonlocal began, took
        if event.name == "apply.step.begin":
            began = time.monotonic()
        elif event.name == "apply.step.done":
            took += time.monotonic() - began
    apply.run(apply.Request(folder, url, yes=True, allow_data_loss=True), replace(ports(), tell=tell))
    return int(took * 1e6)


@pytest.mark.parametrize("label", SERVERS)
def test_estimates(label: str, real_server: Callable[[str], RealServer], learned: None, fresh_database: Callable[[RealServer], str],
                   tmp_path: Path) -> None:
    server = real_server(label)
    runs = []
    for change, said in CHANGES.items():
        url = fresh_database(server)
        fill(url, server)
        (tmp_path / "desired.sql").write_text(script(said))
        folder = tmp_path / "-".join(change.split())
        plan = planning.run(planning.Request(url, (tmp_path / "desired.sql",), out=folder), ports()).plan
        planned = sum(max(0, step.takes_us) for step in plan.steps)
        runs.append(Run(change, planned, played(folder, url)))
        print(f"{label}, {change} ({', '.join(step.strategy.name for step in plan.steps)}): planned {planned / 1e6:.3f} s,"
              f" took {runs[-1].took / 1e6:.3f} s, {runs[-1].ratio:.2f}")
    good = sum(1 / FACTOR <= one.ratio <= FACTOR for one in runs)
    print(f"{label}: {good} of {len(runs)} within a factor of {FACTOR}")
    assert good >= LEAST * len(runs), [(one.change, round(one.ratio, 2)) for one in runs if not 1 / FACTOR <= one.ratio <= FACTOR]
