"""How long a plan takes, as a ratio to the server's own schema dump in the same run. Absolute times mean nothing on a shared machine.

    make bench                              100 and 1,000 tables
    SQLX_BENCH_TABLES=10000 make bench      as many as you like
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.observer import observer
from tests.product import PROGRAM, ROOT, done
from tests.servers import servers
from tests.servers.databases import RealServer

pytestmark = pytest.mark.bench

TABLES = [int(one) for one in os.environ.get("SQLX_BENCH_TABLES", "100,1000").split(",")]
SERVERS = ("sqlite", "pg-18", "mysql-9.7", "mariadb-10.11")


@dataclass(frozen=True)
class Run:
    """One run of a program: seconds on the wall, and the most memory that it held, in MB."""

    seconds: float
    memory: float


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


def ran(*words: str | Path) -> Run:
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    ended = subprocess.run([str(word) for word in words], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, 2), ended.stderr
    return Run(time.monotonic() - began, max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024)


def dumped(server: RealServer, url: str) -> Run:
    """The schema by the server's own means."""
    if server.engine == "sqlite":
        return ran(sys.executable, "-c", f"import sqlite3; print(sqlite3.connect({url.removeprefix('sqlite:///')!r})"
                                         ".execute('SELECT group_concat(sql) FROM sqlite_schema').fetchone())")
    if server.engine == "pg":
        return ran(servers.tool("pg_dump"), "--schema-only", "-d", url)
    program = shutil.which("mariadb-dump") or shutil.which("mysqldump")
    if program is None:
        pytest.skip("no dump program of this family is on this machine")
    return ran(program, "--no-data", f"--host={server.host}", f"--port={server.port}", f"--user={server.user}", url.rpartition("/")[2])


@pytest.mark.parametrize("tables", TABLES)
@pytest.mark.parametrize("label", SERVERS)
def test_plan(label: str, tables: int, real_server: Callable[[str], RealServer], learned: None,
              fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    server = real_server(label)
    url = fresh_database(server)
    observer(server, url).load(script(tables))
    done("snapshot:pull", "--target", url, "--out", tmp_path / "schema")
    planning = (*PROGRAM, "plan:diff", "--target", url, "--desired", tmp_path / "schema")
    ran(*planning)
    dump, same = dumped(server, url), ran(*planning)
    for number in range(0, tables, 100):
        (file,) = (tmp_path / "schema").rglob(f"t{number}.yaml")
        file.write_text(file.read_text().replace("  c9:", "  c10: string(20)\n  c9:"))
    changed = ran(*planning)
    print(f"\n{label}, {tables} tables: dump 1.0; no change {same.seconds / dump.seconds:.1f};"
          f" 1 % changed {changed.seconds / dump.seconds:.1f}; at most {changed.memory:.0f} MB")
