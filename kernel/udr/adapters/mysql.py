"""MySQL and MariaDB, and whatever speaks their protocol and shows its objects as they do."""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kernel.air.script import Lexis
from kernel.core.address import Address
from kernel.core.errors import Busy, DataRefused, Gone, LockTimeout, NoPlace, Refused, ServerError, SqlxError, Unreachable
from kernel.core.node import NodeId
from kernel.core.statistics import ColumnStatistics, TableStatistics
from kernel.core.strategy import SAYS
from kernel.core.workload import Counters
from kernel.kinds._spec import Quoting
from kernel.udr.adapters import _claims
from kernel.udr.adapters._grants import not_shown
from kernel.udr.adapters._link import connected
from kernel.udr.adapters._place import MAKERS, MAY_MAKE, UNMODELLED, defaults, within
from kernel.udr.adapters._queues import LOCKED_TABLES, METADATA, METADATA_OPEN, TRANSACTIONS
from kernel.udr.port import Observation, TableSize, Types

if TYPE_CHECKING:
    import pymysql

    from kernel.kinds._spec import Kind

SCRATCH = "_sqlx_scratch_"
ADVICE = r"give a throw-away place on a server of the same version: --twin URL; or ask for GRANT ALL ON `\_sqlx\_scratch\_%`.* TO this user"
PLACES = ("/usr/sbin", "/usr/bin", "/usr/local/mysql/bin", "/opt/homebrew/bin")

_LITERAL = re.compile(r"'(?:''|\\.|[^'\\])*'|[+-]?\d[\w.]*|null|true|false|[bxn]'[^']*'|_\w+\s*'(?:''|\\.|[^'\\])*'|\(.*\)"
                      r"|current_timestamp(?:\(\d?\))?", re.I | re.S)
_NOW = re.compile(r"(?:now|current_timestamp|localtimestamp|localtime)\s*(?:\(\s*(\d?)\s*\))?", re.I)

_LOCKED = frozenset({1205, 1213, 3572, 1317, 3024, 1969})
_DATA = frozenset({1022, 1048, 1062, 1138, 1169, 1216, 1217, 1230, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1411, 1416, 1451, 1452, 1526, 1557, 1586,
                   1690, 1761, 3140, 3144, 3156, 3157, 3643, 3752, 3819, 3903, 4025})
_GONE = frozenset({0, 1053, 1927, 2006, 2013, 2014, 2027, 2055, 4031})

_NOT_OURS = frozenset({"NO_BACKSLASH_ESCAPES", "NO_ZERO_DATE", "NO_ZERO_IN_DATE"})
"""Modes that our sessions go without: our literals escape backslashes, and a table with a zero date in a default, however it came
about, could not be altered at all. They are strict whatever the server is: a value that does not fit is refused and never cut."""

_KEEPS_HISTORY = "/*M!100304 , system_versioning_alter_history = KEEP */"
"""Of SET, to servers that know it: a table that keeps what its rows were can be altered, and what they were is altered with them. They refuse
every ALTER TABLE of it otherwise; to the others it is a comment."""

_PRINTED_OTHERWISE = frozenset({"ANSI_QUOTES", "NO_TABLE_OPTIONS", "NO_FIELD_OPTIONS", "NO_KEY_OPTIONS"})
"""Modes in which SHOW CREATE prints another text."""


class Spelling(Quoting):
    """How the family writes names and literals (https://dev.mysql.com/doc/refman/en/language-structure.html)."""

    types = Types(
        exact={"bigint": "bigint", "integer": "int", "smallint": "smallint", "boolean": "tinyint(1)", "text": "longtext", "string": "varchar(255)",
               "json": "json", "uuid": "char(36)", "bytes": "longblob", "float": "float", "double": "double", "date": "date", "time": "time(6)",
               "timestamp": "datetime(6)", "timestamp(tz)": "timestamp(6)", "decimal": "decimal(65,30)"},
        sized={"string/1": "varchar({0})", "char/1": "char({0})", "decimal/2": "decimal({0},{1})", "decimal/1": "decimal({0},0)"},
    )
    folds_names = True
    counted_insert = ""
    identity_needs_key = True
    identity_in_key = False

    def name(self, *path: str) -> str:
        return ".".join("`" + part.replace("`", "``") + "`" for part in path if part)

    def literal(self, value: str | int | bool | None) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool | int):
            return str(int(value))
        return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("\0", "\\0") + "'"

    def identity(self, mode: str) -> str:
        return "AUTO_INCREMENT"

    def comment(self, text: str) -> str:
        return f"COMMENT {self.literal(text)}"

    def unknown(self, name: str, old: str, new: str) -> str:
        """Numbers are as the server reads them from a text; of moments, it takes what it understands."""
        if new.lower() == "json" and re.match(r"(var)?binary|(tiny|medium|long)?blob", old, re.I):
            return f"{name} IS NOT NULL AND NOT coalesce(json_valid(CONVERT({name} USING utf8mb4)), FALSE)"
        if not re.match(r"(var)?char|(tiny|medium|long)?text|enum", old, re.I):
            return ""
        if re.match(r"(tiny|small|medium|big)?int|decimal|float|double", new, re.I):
            return f"{name} NOT REGEXP '^[[:space:]]*[-+]?[0-9]+[.]?[0-9]*(e[-+]?[0-9]+)?[[:space:]]*$'"
        if re.match(r"date(time)?\b|timestamp", new, re.I):
            return f"CAST({name} AS DATETIME) IS NULL AND {name} IS NOT NULL"
        if words := re.fullmatch(r"enum(\(.*\))", new, re.I | re.S):
            return f"{name} NOT IN {words[1]}"
        return f"NOT json_valid({name})" if new.lower() == "json" else ""

    def null(self, type: str) -> str:
        """Without `explicit_defaults_for_timestamp`, a timestamp of which nothing is said is not null and follows the clock."""
        return "NULL" if type.lower().startswith("timestamp") else ""

    def raise_(self, attribute: str, text: str) -> str:
        return self.types.raise_(text) if attribute == "type" else text

    def lower(self, attribute: str, text: str, of: str = "") -> str:
        """`now()` gets as many fractions of a second as its column has: the server wants them to be the same."""
        if attribute == "type":
            return self.types.lower(text)
        if attribute == "default":
            plain = text.strip()
            if now := _NOW.fullmatch(plain):
                fraction = now[1] or (re.search(r"^(?:timestamp|datetime)\((\d)\)", of.lower()) or ("", ""))[1]
                return f"CURRENT_TIMESTAMP({fraction})" if fraction else "CURRENT_TIMESTAMP"
            return plain if _LITERAL.fullmatch(plain) else f"({plain})"
        return text


class MySQLSession:
    """One connection that commits every statement by itself, except between begin and commit. Most DDL commits what is open."""

    def __init__(self, adapter: MySQLAdapter, link: pymysql.Connection[Any], address: Address) -> None:
        self.adapter, self.link, self.address = adapter, link, address
        self.table_numbers: str | None = None
        self.stands_for: str | None = None
        self.others = frozenset[str]()
        self.stands_in_for = ""

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with translated(sql), self.link.cursor() as cursor:
            cursor.execute(sql, values or None)
            return [tuple(map(_text, row)) for row in cursor.fetchall()]

    def run(self, sql: str) -> int:
        """In a scratch place, what a statement says of the database that it stands for is meant of the place, and none reaches out of it."""
        if sql.startswith(SAYS):
            sql = self.said(sql)
        said = sql if self.stands_for is None else within(sql, self.stands_for, self.address.path, self.others)
        if not said:
            self._require_same(sql)
            return 0
        return self._do(said)

    def _do(self, sql: str) -> int:
        with translated(sql), self.link.cursor() as cursor:
            return int(cursor.execute(sql))

    def _require_same(self, sql: str) -> None:
        """What a statement says of texts in the database that the place stands for is so: nobody would make it so, and tables be made otherwise."""
        clauses, collates = defaults(sql)
        if not clauses:
            return
        asked = "SELECT @@character_set_database, @@collation_database"
        (now,) = self.rows(asked)
        here = f"ALTER DATABASE {self.adapter.q.name(self.address.path)}"
        self._do(f"{here} {clauses}")
        (then,) = self.rows(asked)
        self._do(f"{here} CHARACTER SET {now[0]} COLLATE {now[1]}")
        if then[:1 + collates] != now[:1 + collates]:
            raise Refused(f"this says {clauses} of the database, which has {now[0]} and {now[1]}; sqlx does not change that", why=_said(sql))

    def said(self, query: str) -> str:
        """The statement that it says, by what the server knows at this moment and not by what it once knew."""
        with contextlib.suppress(Refused):
            self.run("SET SESSION information_schema_stats_expiry = 0")
        ((statement,),) = self.rows(query)
        return str(statement)

    def begin(self) -> None:
        self.run("START TRANSACTION")

    def commit(self) -> None:
        self.run("COMMIT")

    def rollback(self) -> None:
        self.run("ROLLBACK")

    def cancel(self) -> None:
        other = self.adapter.connect(self.address)
        try:
            other.run(f"KILL QUERY {self.link.thread_id()}")  # type: ignore[no-untyped-call, unused-ignore]
        finally:
            other.close()

    def close(self) -> None:
        import pymysql
        with contextlib.suppress(pymysql.Error):
            self.link.close()


def _said(sql: str) -> str:
    return "while running: " + " ".join(sql.split())[:200]


def _text(value: object) -> object:
    """Catalog tables give some of their texts as bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


@contextlib.contextmanager
def translated(sql: str) -> Iterator[None]:
    """The driver's errors as ours, by the server's error number."""
    import pymysql
    try:
        yield
    except pymysql.Error as error:
        raise _error(error, sql) from error


def _error(error: pymysql.Error, sql: str) -> SqlxError:
    import pymysql
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    says = str(error.args[1]) if len(error.args) > 1 else str(error) or type(error).__name__
    why, state = _said(sql), str(number) if number else ""
    if number in _LOCKED:
        return LockTimeout(says, why=why, sqlstate=state)
    if number in _DATA:
        return DataRefused(says, why=why, sqlstate=state)
    if number in _GONE and isinstance(error, pymysql.OperationalError | pymysql.InterfaceError | pymysql.InternalError):
        return Gone(says, why=why, sqlstate=state)
    return Refused(says, why=why, sqlstate=state, understood=number != 1064) if state else ServerError(says, why=why)


class MySQLAdapter:
    """https://dev.mysql.com/doc/refman/en/ and https://mariadb.com/kb/en/"""

    scheme = "mysql"
    q = Spelling()
    lexis = Lexis(backslash_escapes=True, hash_comments=True, executable_comments=True, delimiter_lines=True, routine_bodies=True)
    own_schema = ""
    default_schema = ""
    queue = METADATA

    def connect(self, address: Address) -> MySQLSession:
        import pymysql
        try:
            link = connected(address)
        except (pymysql.Error, OSError) as error:
            says = str(error.args[1] if isinstance(error, pymysql.Error) and len(error.args) > 1 else error)
            state = str(error.args[0]) if error.args and isinstance(error.args[0], int) else ""
            raise Unreachable(f"cannot connect to {address}", why=says, sqlstate=state) from None
        session = MySQLSession(self, link, address)
        ((mode,),) = session.rows("SELECT @@SESSION.sql_mode")
        modes = [*(one for one in mode.split(",") if one and one not in _NOT_OURS), "STRICT_ALL_TABLES"]
        session.run(f"SET SESSION sql_mode = {self.q.literal(','.join(modes))}{_KEEPS_HISTORY}")
        return session

    def beside(self, session: MySQLSession) -> MySQLSession:
        return self.connect(session.address)

    def identity(self, session: MySQLSession) -> Mapping[str, str]:
        names = ("version", "version_comment", "sql_mode", "character_set_database", "collation_database", "lower_case_table_names",
                 "explicit_defaults_for_timestamp", "default_storage_engine", "time_zone")
        (values,) = session.rows("SELECT " + ", ".join(f"@@{name}" for name in names))
        return {name.replace("_", " "): str(value) for name, value in zip(names, values, strict=True)}

    def state(self, session: MySQLSession) -> str:
        """What shows all of an object shows one object at a time."""
        return ""

    def kinds(self, kinds: Mapping[str, Kind]) -> Mapping[str, Kind]:
        return kinds

    @contextlib.contextmanager
    def private(self) -> Iterator[Address]:
        """A server of our own, where its programs are on this machine: the newer make's `--initialize-insecure`, or the installer script."""
        from kernel.udr.adapters import _private

        server = _private.program("mysqld", "mariadbd", places=PLACES)
        install = _private.program("mariadb-install-db", "mysql_install_db", places=PLACES)
        if not server:
            raise Unreachable("no server programs are on this machine",
                              why="neither `mysqld` nor `mariadbd` is on the PATH nor where packages put them",
                              next="give a twin: --twin URL, or --twin same")
        with _private.folder() as folder:
            data = f"--datadir={folder / 'data'}"
            if install:
                _private.run([install, "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"])
            else:
                _private.run([server, "--no-defaults", "--initialize-insecure", data, f"--secure-file-priv={folder}"])
            port = _private.free_port()
            argv = [server, "--no-defaults", data, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}",
                    f"--pid-file={folder / 'pid'}", f"--secure-file-priv={folder}", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"]
            with _private.running(argv, folder / "log", lambda: _private.listens(port)):
                yield Address(self.scheme, "127.0.0.1", port, "root")

    @contextlib.contextmanager
    def scratch(self, session: MySQLSession, name: str) -> Iterator[MySQLSession]:
        """A database of its own, with the character set of the session's; the session holds a lock as long as it is in use."""
        database = f"{SCRATCH}{name}"
        ((charset, collation),) = session.rows("SELECT @@character_set_database, @@collation_database")
        with self._locked(session, database):
            try:
                session.run(f"CREATE DATABASE {self.q.name(database)} CHARACTER SET {charset} COLLATE {collation}")
            except Refused as error:
                raise NoPlace(f"{error.what} ({error.why})", next=ADVICE) from error
            try:
                place = self.connect(replace(session.address, path=database))
                place.stands_for = session.stands_for or session.address.path
                place.others = frozenset(name for (name,) in session.rows("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"))
                place.run(f"SET @_sqlx_stands_for = {self.q.literal(place.stands_for or None)}")
                self.stand_in(place, session.stands_in_for)
                try:
                    yield place
                finally:
                    place.close()
            finally:
                self._drop(session, database)

    def _drop(self, session: MySQLSession, database: str) -> None:
        """Whoever is still in there would keep it."""
        for (number,) in session.rows("SELECT ID FROM information_schema.PROCESSLIST WHERE DB = %s", database):
            with contextlib.suppress(ServerError):
                session.run(f"KILL {number}")
        for attempt in range(20):
            try:
                session.run(f"DROP DATABASE IF EXISTS {self.q.name(database)}")
                return
            except LockTimeout:
                time.sleep(0.02 * attempt)

    def empty(self, session: MySQLSession) -> None:
        name = self.q.name
        listed = session.rows("SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()")
        if listed:
            session.run("SET SESSION foreign_key_checks = 0")
        try:
            for words, sorts in (("VIEW", ("VIEW",)), ("TABLE", ("BASE TABLE", "SYSTEM VERSIONED")), ("SEQUENCE", ("SEQUENCE",))):
                if found := [name(one) for sort, one in listed if sort in sorts]:
                    session.run(f"DROP {words} IF EXISTS {', '.join(found)}")
        finally:
            if listed:
                session.run("SET SESSION foreign_key_checks = 1")
        for sort, one in self.unmodelled(session):
            session.run(f"DROP {sort.upper().replace('_', ' ')} IF EXISTS {name(one)}")

    def sweep(self, session: MySQLSession) -> list[str]:
        """Scratch databases whose lock nobody holds any more."""
        listed = session.rows("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE LEFT(SCHEMA_NAME, %s) = %s", len(SCRATCH), SCRATCH)
        dead = []
        for (database,) in listed:
            with contextlib.suppress(Busy), self._locked(session, database):
                self._drop(session, database)
                dead.append(database)
        return dead

    @contextlib.contextmanager
    def reading(self, session: MySQLSession) -> Iterator[None]:
        """With the canonical text of SHOW CREATE, whatever the session's mode."""
        ((mode, quote),) = session.rows("SELECT @@SESSION.sql_mode, @@SESSION.sql_quote_show_create")
        kept = [one for one in mode.split(",") if one not in _PRINTED_OTHERWISE and one not in ("ANSI", "ORACLE", "MSSQL", "DB2", "POSTGRESQL")]
        if ",".join(kept) == mode and quote:
            yield
            return
        session.run(f"SET SESSION sql_mode = {self.q.literal(','.join(kept))}, sql_quote_show_create = 1")
        try:
            yield
        finally:
            session.run(f"SET SESSION sql_mode = {self.q.literal(mode)}, sql_quote_show_create = {quote}")

    def patience(self, session: MySQLSession, milliseconds: int) -> None:
        """In whole seconds, and at least one: less is not to be had everywhere."""
        seconds = -(-milliseconds // 1000) if milliseconds else 31536000
        session.run(f"SET SESSION lock_wait_timeout = {seconds}, innodb_lock_wait_timeout = {seconds}")

    @contextlib.contextmanager
    def lease(self, session: MySQLSession, name: str) -> Iterator[None]:
        with self._locked(session, f"lease/{session.address.path}/{name}"):
            yield

    @contextlib.contextmanager
    def _locked(self, session: MySQLSession, name: str) -> Iterator[None]:
        """A lock of the server that dies with the connection; its names have 64 characters at most."""
        key = "sqlx/" + hashlib.sha256(name.encode()).hexdigest()[:48]
        # A connection may take a lock that it holds already a second time: that is no proof that nobody uses what it stands for.
        if session.rows("SELECT IF(IS_USED_LOCK(%s) IS NULL, GET_LOCK(%s, 0), 0)", key, key) != [(1,)]:
            raise Busy(f"another sqlx is changing {session.address.path}", why="it holds the lease, a GET_LOCK of the server")
        try:
            yield
        finally:
            with contextlib.suppress(SqlxError):
                session.rows("SELECT RELEASE_LOCK(%s)", key)

    def watch(self, session: MySQLSession, other: MySQLSession, tables: Sequence[NodeId], statements: Sequence[str]) -> Observation:
        return _claims.watch(session, statements)

    def role(self, session: MySQLSession) -> str:
        """Who may make tables makes everything in his own name."""
        ((me,),) = session.rows("SELECT CURRENT_USER()")
        user, _, host = str(me).rpartition("@")
        if session.rows(MAY_MAKE, f"'{user}'@'{host}'", f"'{user}'@'{host}'"):
            return str(me)
        makers = [str(one) for (one,) in session.rows(MAKERS)]
        return str(me) if me in makers else next(iter(makers), "")

    def stand_in(self, session: MySQLSession, role: str, guests: Sequence[tuple[str, bool]] = ()) -> None:
        session.stands_in_for = role
        session.run(f"SET @_sqlx_role = {self.q.literal(role or None)}")

    def sizes(self, session: MySQLSession) -> Mapping[NodeId, TableSize]:
        with contextlib.suppress(Refused):
            session.run("SET SESSION information_schema_stats_expiry = 0")
        listed = session.rows("SELECT TABLE_NAME, TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH FROM information_schema.TABLES"
                              " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')")
        return {NodeId("table", ("", name)): TableSize(-1 if rows is None else int(rows), -1 if size is None else int(size))
                for name, rows, size in listed}

    def statistics(self, session: MySQLSession, tables: Iterable[NodeId]) -> Mapping[NodeId, TableStatistics]:
        """Of columns, only how many different values those have that lead an index."""
        sizes = self.sizes(session)
        columns: dict[str, dict[str, ColumnStatistics]] = {}
        for table, name, distinct in session.rows("SELECT TABLE_NAME, COLUMN_NAME, MAX(CARDINALITY) FROM information_schema.STATISTICS"
                                                  " WHERE TABLE_SCHEMA = DATABASE() AND SEQ_IN_INDEX = 1 AND COLUMN_NAME IS NOT NULL"
                                                  " GROUP BY TABLE_NAME, COLUMN_NAME"):
            columns.setdefault(table, {})[name] = ColumnStatistics(-1 if distinct is None else int(distinct))
        return {id: TableStatistics(sizes[id].rows, sizes[id].bytes, columns.get(id.name, {})) for id in tables if id in sizes}

    def look_over(self, session: MySQLSession, tables: Iterable[NodeId]) -> None:
        for one in tables:
            session.rows(f"ANALYZE TABLE {self.q.name(*one.path)}")

    def counters(self, session: MySQLSession) -> Counters | None:
        try:
            ((transactions, busy, since, clients),) = session.rows(TRANSACTIONS)
            requests = {NodeId("table", ("", name)).label: (int(reads), int(writes)) for name, reads, writes in session.rows(LOCKED_TABLES)}
            open = tuple((NodeId("table", ("", name)).label, int(age), bool(writes)) for name, age, writes in session.rows(METADATA_OPEN))
        except (Refused, ValueError):
            return None
        return Counters(int(since), requests, int(transactions), int(busy), int(clients), open)

    def stored(self, session: MySQLSession) -> Mapping[str, str] | None:
        numbers = _claims.table_numbers(session)
        return None if numbers is None else {name: str(number) for name, number in numbers.items()}

    def written(self, session: MySQLSession) -> int | None:
        """Bytes of redo log."""
        listed = session.rows("SHOW GLOBAL STATUS LIKE 'Innodb_os_log_written'")
        return int(listed[0][1]) if listed else None

    def outside(self, session: MySQLSession) -> tuple[str, ...] | None:
        from kernel.udr.adapters import _dumps

        return _dumps.mysql_dump(session.address, PLACES)

    def unmodelled(self, session: MySQLSession) -> list[tuple[str, str]]:
        return [(sort, name) for sort, name in session.rows(UNMODELLED)]

    def not_shown(self, session: MySQLSession) -> Mapping[str, str]:
        with contextlib.suppress(Refused):  # a server that was told to ask nobody for rights has no grants to show
            rights = {str(name).upper() for name, *_ in session.rows("SHOW PRIVILEGES")}
            return not_shown((line for (line,) in session.rows("SHOW GRANTS")), session.address.path, rights)
        return {}


ADAPTER = MySQLAdapter()
