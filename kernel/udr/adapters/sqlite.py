"""SQLite: a database in one file, spoken to by the library that Python is linked with."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.air.script import Lexis
from kernel.core.address import Address
from kernel.core.errors import Busy, DataRefused, InputError, LockTimeout, Refused, ServerError, Unreachable
from kernel.core.node import NodeId
from kernel.core.statistics import ColumnStatistics, TableStatistics
from kernel.core.strategy import TOGETHER
from kernel.kinds._spec import Quoting
from kernel.udr.adapters._queues import ONE_WRITER
from kernel.udr.port import Observation, TableSize, Types

if TYPE_CHECKING:
    from kernel.kinds._spec import Kind

COUNTED = 200_000
"""So many rows are counted one by one."""

SAMPLED = 10_000
"""Rows that are looked at where there are no statistics."""

_LITERAL = re.compile(r"'(?:[^']|'')*'|[+-]?\d[\w.]*|null|true|false|current_(?:time|date|timestamp)|x'[0-9a-f]*'|\(.*\)", re.I | re.S)


class Spelling(Quoting):
    """How SQLite writes names and literals (https://www.sqlite.org/lang_keywords.html)."""

    types = Types(
        exact={"bigint": "INTEGER", "integer": "INTEGER", "smallint": "INTEGER", "boolean": "BOOLEAN", "text": "TEXT", "string": "TEXT",
               "json": "JSON", "uuid": "UUID", "bytes": "BLOB", "float": "REAL", "double": "DOUBLE", "date": "DATE", "time": "TIME",
               "timestamp": "TIMESTAMP", "timestamp(tz)": "TIMESTAMPTZ", "decimal": "NUMERIC"},
        sized={"string/1": "VARCHAR({0})", "char/1": "CHAR({0})", "decimal/2": "DECIMAL({0},{1})", "decimal/1": "DECIMAL({0})"},
    )
    folds_names = True
    counted_insert = ""
    identity_needs_key = False
    identity_in_key = True

    def name(self, *path: str) -> str:
        return ".".join('"' + part.replace('"', '""') + '"' for part in path if part)

    def literal(self, value: str | int | bool | None) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool | int):
            return str(int(value))
        return "'" + value.replace("'", "''") + "'"

    def identity(self, mode: str) -> str:
        return ""

    def comment(self, text: str) -> str:
        return ""

    def raise_(self, attribute: str, text: str) -> str:
        return self.types.raise_(text) if attribute == "type" else text

    def lower(self, attribute: str, text: str, of: str = "") -> str:
        if attribute == "type":
            return self.types.lower(text)
        if attribute == "default":
            return text if _LITERAL.fullmatch(text.strip()) else self.lower("expression", text) if _is_now(text) else f"({text})"
        if attribute == "expression":
            return re.sub(r"\bnow\(\)", "CURRENT_TIMESTAMP", text, flags=re.I)
        return text


def _is_now(text: str) -> bool:
    return text.strip().lower() == "now()"


class SQLiteSession:
    """One connection to a file. The library is told to commit nothing by itself."""

    def __init__(self, adapter: SQLiteAdapter, path: str, *, make: bool = False) -> None:
        self.adapter = adapter
        self.path = path
        self.written = 0
        mode = "rwc" if make else "rw"
        uri = path if path == ":memory:" else f"{Path(path).absolute().as_uri()}?mode={mode}"
        with translated(path):
            self.link = sqlite3.connect(uri, uri=path != ":memory:", isolation_level=None, check_same_thread=False, timeout=5.0)
            self.link.execute("PRAGMA foreign_keys = ON")
            self.link.execute("SELECT count(*) FROM sqlite_schema")
        if make:
            self.link.set_authorizer(_stay_here)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with translated(sql):
            return self.link.execute(sql, values).fetchall()

    def run(self, sql: str) -> int:
        """The library takes one statement at a time: those that belong together are a transaction, unless one is open."""
        if TOGETHER in sql and not self.link.in_transaction:
            self.begin()
            try:
                found = self.run(sql)
            except BaseException:
                self.rollback()
                raise
            self.commit()
            return found
        count = 0
        for part in sql.split(TOGETHER):
            with translated(part):
                count = self.link.execute(part).rowcount
        return count

    def begin(self) -> None:
        self.run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.run("COMMIT")

    def rollback(self) -> None:
        if self.link.in_transaction:
            self.run("ROLLBACK")

    def cancel(self) -> None:
        self.link.interrupt()

    def close(self) -> None:
        self.link.close()


def _stay_here(action: int, *_: object) -> int:
    """From a scratch place no other file is opened: people's scripts are tried there."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK


_ROWS_WITHOUT_VALUE = "Cannot add a NOT NULL column with default value NULL"
"""Said only where there are rows (https://www.sqlite.org/src/file/src/alter.c)."""


_OTHER_FILES = re.compile(r"\b(?:attach|vacuum)\b", re.I)
"""Statements that `_stay_here` may deny."""


@contextlib.contextmanager
def translated(sql: str) -> Iterator[None]:
    """The library's errors as ours.

    A Ctrl-C that falls into a function of ours which the library calls reaches us as its refusal: it interrupts nothing by itself, and denies
    nothing but other files.
    """
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise DataRefused(str(error), why=_head(sql), sqlstate=error.sqlite_errorname) from error
    except sqlite3.OperationalError as error:
        said = str(error)
        code = getattr(error, "sqlite_errorname", "") or ""
        if code == "SQLITE_INTERRUPT":
            raise KeyboardInterrupt from error
        if said == _ROWS_WITHOUT_VALUE:
            raise DataRefused(said, why=_head(sql), sqlstate=code) from error
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise LockTimeout(said, why=_head(sql), sqlstate=code) from error
        if code.startswith(("SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_PERM", "SQLITE_AUTH")):
            raise Unreachable(f"{said}: {sql}" if "/" in sql else said, next="check the path after sqlite:///, four slashes for an absolute one",
                              sqlstate=code) from error
        raise Refused(said, why=_head(sql), sqlstate=code, understood=not said.endswith(": syntax error")) from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorname", "") or ""
        if code == "SQLITE_AUTH" and not _OTHER_FILES.search(sql):
            raise KeyboardInterrupt from error
        if code == "SQLITE_NOTADB":
            raise Unreachable(f"{sql} is not a SQLite database", sqlstate=code) from error
        raise ServerError(str(error), why=_head(sql), sqlstate=code) from error
    except sqlite3.ProgrammingError as error:
        raise InputError(str(error), why=_head(sql)) from error


def _head(sql: str) -> str:
    return "while running: " + " ".join(sql.split())[:200]


class SQLiteAdapter:
    """https://www.sqlite.org/lang.html"""

    scheme = "sqlite"
    q = Spelling()
    lexis = Lexis(brackets=True, routine_bodies=True)
    own_schema = ""
    default_schema = ""
    queue = ONE_WRITER
    rows_that_tell = 1_000
    piece_s, rest_s = 0.05, 0.025

    def connect(self, address: Address) -> SQLiteSession:
        return SQLiteSession(self, address.path)

    def identity(self, session: SQLiteSession) -> Mapping[str, str]:
        options = sorted(row[0] for row in session.rows("PRAGMA compile_options"))
        return {"version": "SQLite " + sqlite3.sqlite_version, "build": hashlib.sha256(" ".join(options).encode()).hexdigest()[:16]}

    def state(self, session: SQLiteSession) -> str:
        return hashlib.sha256(repr(session.rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid")).encode()).hexdigest()

    def kinds(self, kinds: Mapping[str, Kind]) -> Mapping[str, Kind]:
        return kinds

    @contextlib.contextmanager
    def private(self) -> Iterator[Address]:
        """A place of our own: an empty database in memory, whose scratch places are files."""
        yield Address(self.scheme, path=":memory:")

    @contextlib.contextmanager
    def scratch(self, session: SQLiteSession, name: str) -> Iterator[SQLiteSession]:
        """A file in a folder of its own: never the user's."""
        from kernel.udr.adapters import _folders

        with _folders.held() as folder:
            place = SQLiteSession(self, str(folder / f"{name}.db"), make=True)
            place.run("PRAGMA page_size = 512")  # so that few rows fill many pages
            place.run("PRAGMA journal_mode = WAL")
            place.run("PRAGMA synchronous = OFF")
            try:
                yield place
            finally:
                place.close()

    def beside(self, session: SQLiteSession) -> SQLiteSession:
        """A second connection to the same place."""
        return SQLiteSession(self, session.path)

    def empty(self, session: SQLiteSession) -> None:
        session.rollback()
        session.run("PRAGMA foreign_keys = OFF")
        for sort, name in session.rows(r"SELECT type, name FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"):
            session.run(f"DROP {sort} IF EXISTS {self.q.name(name)}")
        session.run("PRAGMA foreign_keys = ON")

    def sweep(self, session: SQLiteSession) -> list[str]:
        from kernel.udr.adapters import _folders

        return _folders.sweep()

    @contextlib.contextmanager
    def reading(self, session: SQLiteSession) -> Iterator[None]:
        if session.link.in_transaction:
            yield
            return
        session.run("BEGIN")
        try:
            yield
        finally:
            session.rollback()

    def patience(self, session: SQLiteSession, milliseconds: int) -> None:
        session.run(f"PRAGMA busy_timeout = {milliseconds or 2_000_000_000}")

    @contextlib.contextmanager
    def lease(self, session: SQLiteSession, name: str) -> Iterator[None]:
        """A lock of the operating system: gone when the process is."""
        import tempfile

        place = hashlib.sha256(os.path.realpath(session.path).encode() + name.encode()).hexdigest()[:24]
        path = Path(tempfile.gettempdir()) / f"sqlx-lease-{os.getuid()}-{place}"
        with open(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600), "r+", closefd=True) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Busy(f"another sqlx is changing {session.path}", why="it holds the lease") from error
            yield

    def watch(self, session: SQLiteSession, other: SQLiteSession, tables: Sequence[NodeId], statements: Sequence[str]) -> Observation:
        """Pages that go to the log tell what is written anew, steps of the virtual machine what is read: both against what the tables have."""
        rows, pages, schema = self._weight(session, tables)
        indexes = self._indexes(session)
        session.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        inside = not session.link.in_transaction
        if inside:
            session.begin()
        ticks = _Ticks()
        session.link.set_progress_handler(ticks, STEPS)
        try:
            for statement in statements:
                session.run(statement)
        finally:
            session.link.set_progress_handler(None, 0)
        other.run("PRAGMA busy_timeout = 0")
        blocks_reads = _fails(other, "SELECT count(*) FROM sqlite_schema")
        blocks_writes = _fails(other, "BEGIN IMMEDIATE")
        other.rollback()
        if inside:
            session.commit()
        _, frames, _ = session.rows("PRAGMA wal_checkpoint(PASSIVE)")[0]
        if rows is None:
            return Observation(blocks_reads, blocks_writes, False, False)
        now = self._indexes(session)
        of_indexes = sum({**now, **indexes}[name] for name in now.keys() ^ indexes.keys())
        rewrites = frames - of_indexes > schema + max(4, pages // 2)
        grows = rewrites or frames > schema + max(4, pages // 4) or ticks.count * STEPS > rows * 3 // 2 + schema * STEPS_PER_PAGE
        few = rows < FEW
        return Observation(blocks_reads, blocks_writes, rewrites or (None if few else False), grows or (None if few else False))

    def _indexes(self, session: SQLiteSession) -> dict[str, int]:
        """The pages of each index, as far as the library was built to tell."""
        with contextlib.suppress(Refused):
            return dict(session.rows("SELECT s.name, count(*) FROM sqlite_schema AS s JOIN dbstat AS d ON d.name = s.name WHERE s.type = 'index'"
                                     " GROUP BY s.name"))
        return {}

    def _weight(self, session: SQLiteSession, tables: Sequence[NodeId]) -> tuple[int | None, int, int]:
        """The rows of the largest of these tables (None if none is there), its pages, and the pages of the schema."""
        ((size,), (objects, text)) = session.rows("PRAGMA page_size")[0], session.rows("SELECT count(*), total(length(sql)) FROM sqlite_schema")[0]
        there = {name for (name,) in session.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        rows = [session.rows(f"SELECT count(*) FROM {self.q.name(one.name)}")[0][0] for one in tables if one.name in there]
        pages = session.rows("PRAGMA page_count")[0][0] // max(1, objects)
        with contextlib.suppress(Refused):
            named = [one.name for one in tables]
            listed = session.rows(f"SELECT count(*) FROM dbstat WHERE name IN ({', '.join('?' * len(named))}) GROUP BY name", *named)
            pages = max((count for (count,) in listed), default=pages)
        return max(rows, default=None), pages, 2 + objects // 8 + int(text) // size

    def role(self, session: SQLiteSession) -> str:
        return ""

    def stand_in(self, session: SQLiteSession, role: str, guests: Sequence[tuple[str, bool]] = ()) -> None:
        """A file has no users."""

    def sizes(self, session: SQLiteSession) -> Mapping[NodeId, TableSize]:
        """Counted, for there are no statistics unless somebody ran ANALYZE; of large tables the greatest number of a row says enough."""
        listed = session.rows(r"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"
                              " AND sql NOT LIKE 'create virtual%'")
        return {NodeId("table", ("", name)): self._size(session, self.q.name(name)) for (name,) in listed}

    def _size(self, session: SQLiteSession, table: str) -> TableSize:
        ((rows,),) = session.rows(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {COUNTED + 1})")
        if rows <= COUNTED:
            return TableSize(rows)
        with contextlib.suppress(Refused):
            ((least, most),) = session.rows(f"SELECT (SELECT min(rowid) FROM {table}), (SELECT max(rowid) FROM {table})")
            if isinstance(least, int) and isinstance(most, int):
                return TableSize(-1, most=most - least + 1)
        ((rows,),) = session.rows(f"SELECT count(*) FROM {table}")
        return TableSize(rows)

    def statistics(self, session: SQLiteSession, tables: Iterable[NodeId]) -> Mapping[NodeId, TableStatistics]:
        """Taken from the first rows of each table: what ANALYZE keeps says nothing of values."""
        sizes, found = self.sizes(session), {}
        for id in tables:
            if id in sizes:
                names = [name for (name,) in session.rows("SELECT name FROM pragma_table_info(?)", id.name)]
                quoted = [self.q.name(name) for name in names]
                asked = ", ".join(f"count({one}), count(DISTINCT {one}), avg(length({one}))" for one in quoted)
                (seen,) = session.rows(f"SELECT count(*), {asked} FROM (SELECT * FROM {self.q.name(id.name)} LIMIT {SAMPLED})")
                found[id] = TableStatistics(sizes[id].rows_at_most, sizes[id].bytes, {
                    name: _sampled(int(seen[0]), sizes[id].rows_at_most, *seen[1 + 3 * at:4 + 3 * at]) for at, name in enumerate(names)})
        return found

    def stored(self, session: SQLiteSession) -> Mapping[str, str] | None:
        """The first page of each table. A column that is dropped is taken out of the rows where they lie."""
        return {name: str(page) for name, page in session.rows("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'")}

    def written(self, session: SQLiteSession) -> int | None:
        """Bytes of the write-ahead log, which is put away each time."""
        if session.link.in_transaction:
            return None
        session.run("PRAGMA wal_autocheckpoint = 0")
        _, frames, _ = session.rows("PRAGMA wal_checkpoint(PASSIVE)")[0]
        session.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        session.written += max(0, frames) * int(session.rows("PRAGMA page_size")[0][0])
        return session.written

    def unmodelled(self, session: SQLiteSession) -> list[tuple[str, str]]:
        """Virtual tables; their shadow tables are left alone."""
        listed = session.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'create virtual%'")
        return [("virtual_table", name) for name, _ in listed]


def _sampled(sample: int, rows: int, filled: int, distinct: int, width: float | None) -> ColumnStatistics:
    """What a sample tells of a column; a value for each of its rows is taken for a value for each row of the table."""
    if not sample:
        return ColumnStatistics()
    many = distinct if distinct * 2 < filled or sample >= rows else distinct * max(rows, sample) // sample
    return ColumnStatistics(many, round((sample - filled) / sample * 1_000_000), round(width or 0))


FEW = 150
"""Of so few rows it can be told that they were written, and not that they were not."""

STEPS, STEPS_PER_PAGE = 100, 600
"""Of the virtual machine: how many are counted at once, and how many a page of the schema takes when it is read again and again."""


class _Ticks:
    """Counts every so many steps."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return 0


def _fails(session: SQLiteSession, sql: str) -> bool:
    try:
        session.rows(sql)
    except LockTimeout:
        return True
    return False


ADAPTER = SQLiteAdapter()
