"""What a strategy does to full tables, seen from outside: by the servers' own views and log, and by nothing of sqlx."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Protocol

import psycopg
import pymysql

from kernel.core.evidence import Evidence
from kernel.core.strategy import Strategy
from tests.servers.databases import RealServer


class Refusal(Exception):
    """The server did not take it; `data`: because of the rows."""

    def __init__(self, says: str, *, data: bool) -> None:
        super().__init__(says)
        self.data = data


class Witness(Protocol):
    """Runs strategies on one database, and sees what they do."""

    def watch(self, strategy: Strategy) -> Evidence: ...


@contextmanager
def witness(server: RealServer, url: str) -> Iterator[Witness]:
    if server.engine == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as link:
            link.execute("PRAGMA foreign_keys = ON")
            yield SQLiteWitness(link)
    elif server.engine == "pg":
        with psycopg.connect(url, autocommit=True) as link, psycopg.connect(url, autocommit=True) as other:
            yield PostgresWitness(link, other)
    else:
        with closing(pymysql.connect(host=server.host, port=server.port, user=server.user, database=url.rpartition("/")[2], autocommit=True)) as link:
            yield MysqlWitness(link)


def _merged(listed: list[Evidence]) -> Evidence:
    """Several statements, each in a transaction of its own: reading and writing count where writers wait for it."""
    waiting = [one for one in listed if one.blocks_writes is not False]

    def any_of(name: str, among: list[Evidence]) -> bool | None:
        values = [getattr(one, name) for one in among]
        return True if True in values else None if None in values else False
    return Evidence(True, True, None, any_of("blocks_reads", listed), any_of("blocks_writes", listed), any_of("rewrites", waiting),
                    any_of("scans", waiting))


class PostgresWitness:
    """pg_locks of the backend as another session sees them, the numbers of files, and the counters of the transaction."""

    TABLES = """SELECT oid, relfilenode FROM pg_class
                 WHERE relkind IN ('r', 'p', 'm') AND relnamespace::regnamespace::text !~ '^pg_|^info'"""
    READ = "SELECT relid, coalesce(seq_tup_read, 0) FROM pg_stat_xact_user_tables"

    def __init__(self, link: psycopg.Connection[Any], other: psycopg.Connection[Any]) -> None:
        self.link, self.other = link, other
        self.pid = link.info.backend_pid
        self.link.execute("SET client_min_messages = error")

    def watch(self, strategy: Strategy) -> Evidence:
        for one in strategy.settings:
            self.link.execute(one.encode())
        groups = [(one,) for one in strategy.statements] if strategy.apart else [strategy.statements]
        try:
            seen = [self._group(one) for one in groups]
        except psycopg.Error as error:
            self.link.execute("ROLLBACK")
            raise Refusal(str(error), data=(error.sqlstate or "")[:2] in ("22", "23")) from error
        finally:
            for one in strategy.resets:
                self.link.execute(one.encode())
        return seen[0] if len(seen) == 1 else _merged(seen)

    def _group(self, statements: tuple[str, ...]) -> Evidence:
        before = dict(self.link.execute(self.TABLES).fetchall())
        self.link.execute("BEGIN")
        read = dict(self.link.execute(self.READ).fetchall())
        try:
            for one in statements:
                self.link.execute(one.encode())
        except psycopg.errors.ActiveSqlTransaction:
            self.link.execute("ROLLBACK")
            for one in statements:
                self.link.execute(one.encode())
            after = dict(self.link.execute(self.TABLES).fetchall())
            return Evidence(True, True, False, None, None, any(oid in after and after[oid] != file for oid, file in before.items()), None)
        modes = {mode for oid, mode in self.other.execute("SELECT relation, mode FROM pg_locks WHERE pid = %s AND granted AND relation IS NOT NULL",
                                                          (self.pid,)) if oid in before}
        after = dict(self.link.execute(self.TABLES).fetchall())
        now = dict(self.link.execute(self.READ).fetchall())
        self.link.execute("COMMIT")
        scanned = any(now.get(oid, 0) - read.get(oid, 0) >= 90 for oid in before)
        rewritten = any(oid in after and after[oid] != file for oid, file in before.items())
        gone = scanned and any(oid not in after for oid in before)
        strong = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}
        return Evidence(True, True, True, "AccessExclusiveLock" in modes, bool(modes & strong), rewritten or gone, scanned or rewritten)


class MysqlWitness:
    """Whether the server takes LOCK=NONE or ALGORITHM=INSTANT for it, the numbers of the tables in the storage engine, and rows said to be affected.

    A name is changed without waiting for writers and yet not under LOCK=NONE, which is about rows and how they are copied: what is INSTANT touches
    the data dictionary alone, and writers go on (MySQL 9 manual, 17.12.1; MariaDB, "InnoDB Online DDL with the INSTANT algorithm")."""

    DATA = frozenset({1022, 1048, 1062, 1071, 1118, 1138, 1169, 1216, 1217, 1264, 1265, 1292, 1364, 1366, 1406, 1411, 1451, 1452, 1526, 1557, 1586,
                      1690, 1736, 1737, 1761, 3140, 3157, 3752, 3819, 4025})

    def __init__(self, link: Any) -> None:
        self.link = link
        with link.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = CONCAT(REPLACE(REPLACE(@@sql_mode, 'NO_ZERO_DATE', ''), 'NO_ZERO_IN_DATE', ''),"
                           " ',STRICT_ALL_TABLES')")
            cursor.execute("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'information_schema'"
                           " AND TABLE_NAME IN ('INNODB_TABLES', 'INNODB_SYS_TABLES')")
            self.view = cursor.fetchone()[0]
            cursor.execute("SELECT DATABASE()")
            self.database = cursor.fetchone()[0]

    def watch(self, strategy: Strategy) -> Evidence:
        seen = []
        try:
            for one in (*strategy.settings,):
                self._run(one)
            seen = [self._one(one) for one in strategy.statements]
        except pymysql.Error as error:
            raise Refusal(str(error), data=error.args[0] in self.DATA) from error
        finally:
            for one in strategy.resets:
                self._run(one)
        if strategy.apart:
            return _merged(seen)

        def any_of(name: str) -> bool | None:
            values = [getattr(one, name) for one in seen]
            return True if True in values else None if None in values else False
        return Evidence(True, True, False, None, any_of("blocks_writes"), any_of("rewrites"), None)

    def _run(self, sql: str) -> int:
        with self.link.cursor() as cursor:
            return int(cursor.execute(sql))

    def _numbers(self) -> dict[str, int]:
        with self.link.cursor() as cursor:
            cursor.execute(f"SELECT NAME, TABLE_ID FROM information_schema.{self.view} WHERE NAME LIKE %s", (self.database.replace("_", "%") + "/%",))
            return dict(cursor.fetchall())

    def _one(self, statement: str) -> Evidence:
        numbers = self._numbers()
        blocks: bool | None = None
        head = statement.lstrip().upper()
        plain = head.startswith("ALTER TABLE") and "PARTITION" not in head and "ALGORITHM=" not in head
        index = re.match(r"(CREATE (UNIQUE |FULLTEXT |SPATIAL |VECTOR )?|DROP )INDEX\b", head) and "ALGORITHM=" not in head
        copied, done = 0, False
        for free in ("LOCK=NONE", "ALGORITHM=INSTANT") if plain else ("LOCK=NONE",) if index else ():
            try:
                copied = self._run(f"{statement}, {free}" if plain else f"{statement} {free}")
                blocks, done = False, True
                break
            except pymysql.Error as error:
                if error.args[0] not in (1064, 1221, 1235, 1800, 1845, 1846, 1847, 4092):
                    raise
                blocks = True
        if not done:
            copied = self._run(statement)
        after = self._numbers()
        rewritten = (copied > 0 and bool(plain or index)) or any(after.get(name, number) != number for name, number in numbers.items())
        return Evidence(True, True, False, None, blocks, rewritten, None)


class SQLiteWitness:
    """Pages that went to the write-ahead log, against those of the tables that the statements name; those of indexes that come or go are no rows
    written anew. Steps of the virtual machine, against their rows."""

    SCHEMA = 4_000
    """Steps that a change of the schema takes however few rows there are: every object is looked through for the name."""

    def __init__(self, link: sqlite3.Connection) -> None:
        self.link = link

    def watch(self, strategy: Strategy) -> Evidence:
        run = self.link.execute
        run("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0
        try:
            for one in strategy.settings:
                run(one)
            rows, pages = self._weight(" ".join(strategy.statements))
            indexes = self._pages("index")
            self.link.set_progress_handler(count, 100)
            run("BEGIN IMMEDIATE")
            for one in strategy.statements:
                run(one)
            run("COMMIT")
        except sqlite3.Error as error:
            if self.link.in_transaction:
                run("ROLLBACK")
            raise Refusal(str(error), data=isinstance(error, sqlite3.IntegrityError)) from error
        finally:
            self.link.set_progress_handler(None, 0)
            for one in strategy.resets:
                run(one)
        _, frames, _ = run("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        now = self._pages("index")
        frames -= sum({**indexes, **now}[name] for name in indexes.keys() ^ now.keys())
        rewrites = frames > max(10, pages // 2)
        return Evidence(True, True, True, False, True, rewrites, rewrites or steps * 100 > rows * 2 + self.SCHEMA)

    def _pages(self, sort: str) -> dict[str, int]:
        return dict(self.link.execute("SELECT s.name, count(*) FROM sqlite_schema AS s JOIN dbstat AS d ON d.name = s.name WHERE s.type = ?"
                                      " GROUP BY s.name", (sort,)).fetchall())

    def _weight(self, text: str) -> tuple[int, int]:
        """The rows and the pages of the largest table that is named."""
        named = {name: pages for name, pages in self._pages("table").items() if self._quoted(name) in text}
        rows = [self.link.execute(f"SELECT count(*) FROM {self._quoted(name)}").fetchone()[0] for name in named]
        return max(rows, default=0), max(named.values(), default=0)

    @staticmethod
    def _quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'
