"""DuckDB for sqlx, in one file: how to connect, how things are spelled, and where the catalog is. What DuckDB can do, sqlx finds out.

Tables with their columns, primary keys and indexes are read; everything else is named as not looked at.
https://duckdb.org/docs/stable/sql/meta/duckdb_table_functions
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from kernel.air.script import Lexis
from kernel.core.address import Address
from kernel.core.errors import Busy, DataRefused, Gone, LockTimeout, Refused, ServerError, Unreachable
from kernel.core.node import Node, NodeId, Record
from kernel.kinds._spec import Kind, Quoting, Read, Sample
from kernel.udr.port import Observation, TableSize, Types

TYPES = Types(
    exact={"bigint": "BIGINT", "integer": "INTEGER", "smallint": "SMALLINT", "boolean": "BOOLEAN", "text": "VARCHAR", "string": "VARCHAR",
           "json": "JSON", "uuid": "UUID", "bytes": "BLOB", "float": "FLOAT", "double": "DOUBLE", "date": "DATE", "time": "TIME",
           "timestamp": "TIMESTAMP", "timestamp(tz)": "TIMESTAMP WITH TIME ZONE"},
    sized={"decimal/2": "DECIMAL({0},{1})", "string/1": "VARCHAR"})

OURS = r"NOT starts_with(table_name, '_sqlx_') AND NOT internal AND database_name = current_database() AND schema_name = 'main'"
IN_TABLES = OURS.replace(" AND NOT internal", "")


class Spelling(Quoting):
    """How DuckDB writes names and literals (https://duckdb.org/docs/stable/sql/dialect/keywords_and_identifiers)."""

    counted_insert = ""
    folds_names = True
    identity_in_key = False
    identity_needs_key = False

    def name(self, *path: str) -> str:
        return ".".join('"' + part.replace('"', '""') + '"' for part in path if part)

    def literal(self, value: str | int | bool | None) -> str:
        if value is None:
            return "NULL"
        return str(value) if isinstance(value, bool | int) else "'" + value.replace("'", "''") + "'"

    def identity(self, mode: str) -> str:
        return ""

    def comment(self, text: str) -> str:
        return ""

    def lower(self, attribute: str, text: str, of: str = "") -> str:
        return TYPES.lower(text) if attribute == "type" else text

    def raise_(self, attribute: str, text: str) -> str:
        return TYPES.raise_(text) if attribute == "type" else text


def table(name: str, comment: str | None) -> Iterable[Node]:
    yield Node(NodeId("table", ("", name)), {"comment": comment or ""})


def column(owner: str, name: str, type: str, nullable: bool, default: str | None, formula: str | None, comment: str | None) -> Iterable[Node]:
    attributes = {"type": type, "nullable": nullable, "default": None if formula else default, "generated": formula, "comment": comment or ""}
    yield _of(owner, "column", name, attributes)


def primary_key(owner: str, columns: list[str]) -> Iterable[Node]:
    """DuckDB makes up the names of constraints, so that they say nothing."""
    yield _of(owner, "primary_key", "primary key", {"columns": tuple(Record(column=one) for one in columns), "named": False}, columns)


def index(owner: str, name: str, unique: bool, expressions: str, comment: str | None, columns: list[str]) -> Iterable[Node]:
    """An index hangs on every column of its table: none can be altered beneath it ("entries that depend on it")."""
    parts = [_part(one) for one in _listed(expressions)]
    yield _of(owner, "index", name, {"columns": tuple(parts), "unique": unique, "comment": comment or ""}, columns)


def _of(owner: str, kind: str, name: str, attributes: dict[str, Any], columns: Iterable[str] = ()) -> Node:
    above = NodeId("table", ("", owner))
    needs = frozenset({above, *(NodeId("column", ("", owner, one)) for one in columns)})
    return Node(NodeId(kind, ("", owner, name)), attributes, above, needs)


def _listed(text: str) -> list[str]:
    """DuckDB prints a list of expressions as a list of texts: `['"a b"', n]`."""
    found: list[str] = duckdb.cursor().execute("SELECT ?::VARCHAR[]", [text]).fetchall()[0][0]
    return found


def _part(text: str) -> Record:
    if text.startswith('"') and text.endswith('"'):
        return Record(column=text[1:-1].replace('""', '"'))
    return Record(column=text) if text.replace("_", "a").isalnum() else Record(expression=text)


READS = {
    "table": Read("duckdb_tables", f"SELECT table_name, comment FROM duckdb_tables() WHERE {OURS} ORDER BY table_oid", table),
    "column": Read("duckdb_columns", "SELECT table_name, column_name, data_type, is_nullable, column_default, generation_expression, comment"
                                     f" FROM duckdb_columns() WHERE {OURS} ORDER BY table_oid, column_index", column),
    "primary_key": Read("duckdb_constraints", "SELECT table_name, constraint_column_names FROM duckdb_constraints()"
                                              f" WHERE constraint_type = 'PRIMARY KEY' AND {IN_TABLES}", primary_key),
    "index": Read("duckdb_indexes", "SELECT table_name, index_name, is_unique, expressions, comment,"
                                    " (SELECT list(column_name) FROM duckdb_columns() AS c WHERE c.table_oid = i.table_oid)"
                                    f" FROM duckdb_indexes() AS i WHERE {IN_TABLES}", index)}


def _two_columns(type: str) -> tuple[Node, ...]:
    plain = {"nullable": True, "default": None, "generated": None, "comment": ""}
    return (Node(NodeId("table", ("", "rehearsed")), {"comment": ""}), _of("rehearsed", "column", "id", {"type": "BIGINT", **plain}),
            _of("rehearsed", "column", "noted", {"type": type, **plain}))


_NOTED = NodeId("column", ("", "rehearsed", "noted"))
_INDEX = _of("rehearsed", "index", "by_id", {"columns": (Record(column="id"),), "unique": False, "comment": ""}, ("id", "noted"))

WIDER = (Sample("change.type", _two_columns("INTEGER"), _two_columns("BIGINT"), _NOTED),
         Sample("change.type", (*_two_columns("INTEGER"), _INDEX), (*_two_columns("BIGINT"), _INDEX), _NOTED, beside="index"))
"""The common story of a longer text cannot be seen here, where texts have no length: so this one tells of a wider number, by itself and
with an index on the table."""


class DuckSession:
    """One connection. Several of one process share the file; of two processes one may write."""

    def __init__(self, adapter: DuckAdapter, path: str, link: Any = None) -> None:
        self.adapter, self.path = adapter, path
        with translated(path):
            self.link: Any = link if link is not None else duckdb.connect(path)
        self.inside = False

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with translated(sql):
            return list(self.link.execute(sql, values or None).fetchall())

    def run(self, sql: str) -> int:
        with translated(sql):
            self.link.execute(sql)
        return -1

    def begin(self) -> None:
        self.run("BEGIN TRANSACTION")
        self.inside = True

    def commit(self) -> None:
        self.inside = False
        self.run("COMMIT")

    def rollback(self) -> None:
        if self.inside:
            self.inside = False
            self.run("ROLLBACK")

    def cancel(self) -> None:
        self.link.interrupt()

    def close(self) -> None:
        self.link.close()


@contextlib.contextmanager
def translated(sql: str) -> Iterator[None]:
    """DuckDB's errors as ours."""
    why = "while running: " + " ".join(sql.split())[:200]
    try:
        yield
    except (duckdb.ConstraintException, duckdb.ConversionException) as error:
        raise DataRefused(_words(error), why=why) from error
    except duckdb.TransactionException as error:
        raise LockTimeout(_words(error), why=why) from error
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise Busy(_words(error), why="another process has the file open") from error
        raise Unreachable(_words(error), next="check the path after duckdb:///, four slashes for an absolute one") from error
    except duckdb.ConnectionException as error:
        raise Gone(_words(error), why=why) from error
    except duckdb.Error as error:
        raise Refused(_words(error), why=why) from error


def _words(error: Exception) -> str:
    return str(error).partition("\n")[0]


class DuckAdapter:
    """https://duckdb.org/docs/stable/sql/introduction"""

    scheme = "duckdb"
    q = Spelling()
    lexis = Lexis()
    own_schema = ""
    default_schema = ""

    def connect(self, address: Address) -> DuckSession:
        if address.path != ":memory:" and not Path(address.path).exists():
            raise Unreachable(f"there is no {address.path}", next="make it first: duckdb FILE, or look at the path")
        return DuckSession(self, address.path)

    def identity(self, session: DuckSession) -> Mapping[str, str]:
        ((version, source),) = session.rows("SELECT library_version, source_id FROM pragma_version()")
        return {"version": f"DuckDB {version}", "build": str(source)}

    def kinds(self, kinds: Mapping[str, Kind]) -> Mapping[str, Kind]:
        """The kinds that are read here, each by our own query; the strategies are those that everybody has."""
        found = {name: replace(kinds[name], reads=(read,)) for name, read in READS.items()}
        common = found["column"].samples
        found["column"] = replace(found["column"], samples=lambda schema: (*common(schema), *WIDER))
        return found

    @contextlib.contextmanager
    def private(self) -> Iterator[Address]:
        yield Address(self.scheme, path=":memory:")

    @contextlib.contextmanager
    def scratch(self, session: DuckSession, name: str) -> Iterator[DuckSession]:
        """A file in a folder of its own."""
        with tempfile.TemporaryDirectory(prefix="sqlx-scratch-") as folder:
            place = DuckSession(self, str(Path(folder) / f"{name}.duckdb"))
            try:
                yield place
            finally:
                place.close()

    def beside(self, session: DuckSession) -> DuckSession:
        return DuckSession(self, session.path, session.link.cursor())

    def empty(self, session: DuckSession) -> None:
        session.rollback()
        for sort, catalog in (("VIEW", "duckdb_views"), ("TABLE", "duckdb_tables"), ("SEQUENCE", "duckdb_sequences")):
            column = f"{sort.lower()}_name"
            mine = "" if sort == "SEQUENCE" else "AND NOT internal"
            for (name,) in session.rows(f"SELECT {column} FROM {catalog}() WHERE schema_name = 'main' AND database_name = current_database() {mine}"):
                session.run(f"DROP {sort} IF EXISTS {self.q.name(name)} CASCADE")

    def sweep(self, session: DuckSession) -> list[str]:
        return []

    @contextlib.contextmanager
    def reading(self, session: DuckSession) -> Iterator[None]:
        yield

    def patience(self, session: DuckSession, milliseconds: int) -> None:
        """Nothing waits for locks: a conflict is an error at once."""

    @contextlib.contextmanager
    def lease(self, session: DuckSession, name: str) -> Iterator[None]:
        """A lock of the operating system: gone when the process is."""
        place = hashlib.sha256(os.path.realpath(session.path).encode() + name.encode()).hexdigest()[:24]
        with open(Path(tempfile.gettempdir()) / f"sqlx-lease-{os.getuid()}-{place}", "a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Busy(f"another sqlx is changing {session.path}", why="it holds the lease") from error
            yield

    def watch(self, session: DuckSession, other: DuckSession, tables: Sequence[NodeId], statements: Sequence[str]) -> Observation:
        """Whether a second session may read and write the tables while the statements' transaction is open; it rolls back what it wrote."""
        inside = not session.inside
        if inside:
            session.begin()
        for statement in statements:
            session.run(statement)
        names = [self.q.name(*one.path) for one in tables]
        reads = any(_fails(other, f"SELECT count(*) FROM {one}") for one in names)
        writes = any(_fails(other, f"DELETE FROM {one}") for one in names)
        if inside:
            session.commit()
        return Observation(reads, writes)

    def state(self, session: DuckSession) -> str:
        return ""

    def role(self, session: DuckSession) -> str:
        return ""

    def stand_in(self, session: DuckSession, role: str, guests: Sequence[tuple[str, bool]] = ()) -> None:
        """There are no users."""

    def sizes(self, session: DuckSession) -> Mapping[NodeId, TableSize]:
        listed = session.rows(f"SELECT table_name, estimated_size FROM duckdb_tables() WHERE {OURS}")
        return {NodeId("table", ("", name)): TableSize(rows) for name, rows in listed}

    def unmodelled(self, session: DuckSession) -> list[tuple[str, str]]:
        constraints = (f"SELECT lower(replace(constraint_type, ' ', '_')), table_name || '.' || constraint_text FROM duckdb_constraints()"
                       f" WHERE constraint_type NOT IN ('PRIMARY KEY', 'NOT NULL') AND {IN_TABLES}")
        views = "SELECT 'view', view_name FROM duckdb_views() WHERE NOT internal"
        sequences = "SELECT 'sequence', sequence_name FROM duckdb_sequences()"
        return [(sort, name) for sort, name in session.rows(f"{constraints} UNION ALL {views} UNION ALL {sequences}")]


def _fails(session: DuckSession, sql: str) -> bool:
    try:
        session.begin()
        session.rows(sql)
    except ServerError:
        return True
    finally:
        with contextlib.suppress(ServerError):
            session.rollback()
    return False


ADAPTER = DuckAdapter()
