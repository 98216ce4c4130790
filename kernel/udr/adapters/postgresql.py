"""PostgreSQL, and whatever speaks its protocol and has its catalog."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kernel.air.script import Lexis
from kernel.core.address import Address
from kernel.core.errors import Busy, DataRefused, Gone, LockTimeout, Refused, ServerError, SqlxError, Unreachable
from kernel.core.node import NodeId
from kernel.core.statistics import ColumnStatistics, TableStatistics
from kernel.core.workload import Counters
from kernel.kinds._spec import Quoting
from kernel.udr.adapters import _databases, _roles
from kernel.udr.adapters._cluster import (
    CATALOGS,
    NOT_SHOWN,
    ROLE,
    ROLES,
    STATISTICS,
    SUBSCRIBES,
    SUM,
    TOLD_OF_ALL,
    UNMODELLED,
    UNSUBSCRIBING,
    require_within,
)
from kernel.udr.adapters._queues import BUSY, COUNTED, OPEN, RELATION, SINCE
from kernel.udr.port import Observation, TableSize, Types

if TYPE_CHECKING:
    import psycopg

    from kernel.kinds._spec import Kind

SCRATCH = "_sqlx_scratch_"
NOT_ALLOWED = "42501"
_FORGETS = re.compile(r"\b(?:DISCARD|DEALLOCATE)\b", re.IGNORECASE)
"""What a script says that takes prepared statements away."""

_WORDS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\b(all|and|any|between|collate|ilike|in|is|isnull|like|not|notnull|or|similar|some)\b""",
                    re.IGNORECASE)
"""Texts, names, and the words of a condition."""

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")


class Spelling(Quoting):
    """How PostgreSQL writes names and literals (documentation, section 4.1)."""

    types = Types(
        exact={"bigint": "bigint", "integer": "integer", "smallint": "smallint", "boolean": "boolean", "text": "text",
               "string": "character varying", "json": "jsonb", "uuid": "uuid", "bytes": "bytea", "float": "real", "double": "double precision",
               "date": "date", "time": "time without time zone", "timestamp": "timestamp without time zone",
               "timestamp(tz)": "timestamp with time zone", "decimal": "numeric"},
        sized={"string/1": "character varying({0})", "char/1": "character({0})", "decimal/2": "numeric({0},{1})", "decimal/1": "numeric({0},0)"},
    )
    folds_names = False
    counted_insert = "OVERRIDING SYSTEM VALUE "
    identity_needs_key = False
    identity_in_key = False

    def name(self, *path: str) -> str:
        return ".".join('"' + part.replace('"', '""') + '"' for part in path if part)

    def literal(self, value: str | int | bool | None) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        quoted = "'" + value.replace("'", "''") + "'"
        return quoted if "\\" not in value else "E" + quoted.replace("\\", "\\\\")

    def identity(self, mode: str) -> str:
        return f"GENERATED {'ALWAYS' if mode == 'always' else 'BY DEFAULT'} AS IDENTITY"

    def comment(self, text: str) -> str:
        return ""

    def default(self, expression: str) -> str:
        """In parentheses where the grammar of a column's clause would not know where it ends (`b_expr` in gram.y)."""
        return f"({expression})" if any(found[1] for found in _WORDS.finditer(expression)) else expression

    def unknown(self, name: str, old: str, new: str) -> str:
        return f"NOT pg_catalog.pg_input_is_valid({name}::text, {self.literal(new)})" if re.match(r"(character|text|citext)\b", old) else ""

    def raise_(self, attribute: str, text: str) -> str:
        return self.types.raise_(text) if attribute == "type" else text

    def lower(self, attribute: str, text: str, of: str = "") -> str:
        if attribute == "type":
            return self.types.lower(text)
        if attribute == "collation" and '"' not in text:
            return self.name(*text.split("."))
        return text


class PostgreSQLSession:
    """One connection that commits every statement by itself, except between begin and commit.

    In a scratch place, what would act beyond it is refused: people's scripts are tried where their data is. There the catalog is read again and
    again, and planning such a query takes the server several times as long as answering it: `asked` has the names under which it is prepared.
    """

    def __init__(self, adapter: PostgreSQLAdapter, link: psycopg.Connection[tuple[Any, ...]], address: Address) -> None:
        self.adapter, self.link, self.address = adapter, link, address
        self.stands_in_for, self.guests = "", tuple[tuple[str, bool], ...]()
        self.roles: _roles.Roles | None = None
        self.public_as_born: tuple[str, ...] = ()
        self.asked: dict[str, str] | None = None
        self._names = (f"_sqlx_{number}" for number in itertools.count(1))

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with translated(sql):
            text = sql if values or self.asked is None else self._prepared(sql, self.asked)
            return self.link.execute(text.encode(), values or None).fetchall()

    def _prepared(self, sql: str, asked: dict[str, str]) -> str:
        """What runs a query of the catalog that was asked before. What comes of another one may have other types by then, which is refused."""
        if "pg_catalog.pg_" not in sql:
            return sql
        if sql not in asked:
            asked[sql] = ""
        elif not asked[sql] and sql.lstrip().startswith(("SELECT", "WITH")):
            name = next(self._names)
            self.link.execute(f"PREPARE {name} AS {sql}".encode())
            asked[sql] = name
        return f"EXECUTE {asked[sql]}" if asked[sql] else sql

    def run(self, sql: str) -> int:
        if self.roles is None:
            return self.do(sql)
        require_within(sql)
        if self.roles.passes_over(sql):
            return 0
        count = self.do(sql)
        self.roles.heard(sql)
        return count

    def do(self, sql: str) -> int:
        """Run it without a look at what it is."""
        if self.asked and _FORGETS.search(sql):
            self.asked.clear()
        with translated(sql):
            return self.link.execute(sql.encode()).rowcount

    def begin(self) -> None:
        self.run("BEGIN")

    def commit(self) -> None:
        self.run("COMMIT")

    def rollback(self) -> None:
        self.run("ROLLBACK")

    def cancel(self) -> None:
        self.link.cancel_safe(timeout=5)

    def close(self) -> None:
        self.link.close()


@contextlib.contextmanager
def translated(sql: str) -> Iterator[None]:
    """The driver's errors as ours, by SQLSTATE (documentation, appendix A)."""
    import psycopg
    try:
        yield
    except psycopg.Error as error:
        raise _error(error, sql) from error


def _error(error: psycopg.Error, sql: str) -> SqlxError:
    import psycopg
    state = error.sqlstate or ""
    diagnostics = error.diag
    says = diagnostics.message_primary or str(error).strip().split("\n")[0] or type(error).__name__
    detail = "; ".join(one for one in (diagnostics.message_detail, diagnostics.message_hint) if one)
    why = (detail + " " if detail else "") + "while running: " + " ".join(sql.split())[:200]
    if state in ("55P03", "57014", "40P01"):
        return LockTimeout(says, why=why, sqlstate=state)
    if state[:2] in ("23", "22"):
        return DataRefused(says, why=why, sqlstate=state)
    if state[:2] in ("08", "57") or (not state and isinstance(error, psycopg.OperationalError)):
        return Gone(says, why=why, sqlstate=state)
    return Refused(says, why=why, sqlstate=state, offset=int(diagnostics.statement_position or 0) - 1,
                   understood=state != "42601") if state else ServerError(says, why=why)


class PostgreSQLAdapter:
    """https://www.postgresql.org/docs/current/"""

    scheme = "postgresql"
    q = Spelling()
    lexis = Lexis(quotes="'\"", dollar_quotes=True, nested_comments=True, atomic_bodies=True)
    own_schema = "_sqlx_state"
    default_schema = "public"
    queue = RELATION

    def connect(self, address: Address) -> PostgreSQLSession:
        import psycopg
        words: dict[str, Any] = {
            "host": address.host, "port": address.port or 5432, "user": address.user, "dbname": address.path or "postgres",
            "connect_timeout": max(2, int(address.connect_timeout)), "application_name": "sqlx",
            "sslmode": {"require": "verify-full", "off": "disable"}.get(address.tls, "prefer")}
        if password := address.password():
            words["password"] = password
        if address.ca:
            words["sslrootcert"] = address.ca
        try:
            link = psycopg.connect(autocommit=True, prepare_threshold=None, **{key: one for key, one in words.items() if one not in ("", None)})
        except psycopg.Error as error:
            says = str(error).strip().split("\n")[0]
            raise Unreachable(f"cannot connect to {address}", why=says, sqlstate=error.sqlstate or "") from None
        self._check_pin(link, address)
        link.execute(b"SET client_min_messages = error")
        return PostgreSQLSession(self, link, address)

    def _check_pin(self, link: psycopg.Connection[Any], address: Address) -> None:
        if address.pin and not link.pgconn.ssl_in_use:
            link.close()
            raise Unreachable(f"{address} has a pinned certificate and the connection has no TLS")

    def identity(self, session: PostgreSQLSession) -> Mapping[str, str]:
        ((version, encoding, collate, zone),) = session.rows(
            "SELECT version(), current_setting('server_encoding'), d.datcollate, current_setting('TimeZone')"
            " FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()")
        return {"version": version, "encoding": encoding, "collation": collate, "time zone": zone}

    def state(self, session: PostgreSQLSession) -> str:
        """Which transactions made the rows of each catalog of the database: a row that changes is a new one, of a new transaction.

        The numbers of transactions are never given twice by a server that runs; what it was before it was started is another place.
        """
        try:
            if session.rows(SUBSCRIBES, None):
                return ""
            sums = [SUM.format(table=table) for (table,) in session.rows(CATALOGS)]
            rows = session.rows(f"{' UNION ALL '.join((*sums, ROLES))} ORDER BY 1")
        except Refused:
            return ""
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    def kinds(self, kinds: Mapping[str, Kind]) -> Mapping[str, Kind]:
        return kinds

    @contextlib.contextmanager
    def private(self) -> Iterator[Address]:
        """A server of our own, where `initdb` and `postgres` are on this machine; it listens on a socket in a folder of ours alone."""
        from kernel.udr.adapters import _private

        initdb, postgres = _private.program("initdb", places=PLACES), _private.program("postgres", places=PLACES)
        if not (initdb and postgres):
            raise Unreachable("no server programs are on this machine",
                              why="`initdb` and `postgres` are neither on the PATH nor where packages put them",
                              next="give a twin: --twin URL, or --twin same")
        with _private.folder() as folder:
            _private.run([initdb, "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])
            address = Address(self.scheme, str(folder), 5432, "postgres", "postgres")
            argv = [postgres, "-D", str(folder / "data"), "-k", str(folder)]
            argv += ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"]
            with _private.running(argv, folder / "log", lambda: self._answers(address)):
                yield address

    def _answers(self, address: Address) -> bool:
        try:
            self.connect(address).close()
        except Unreachable:
            return False
        return True

    @contextlib.contextmanager
    def scratch(self, session: PostgreSQLSession, name: str) -> Iterator[PostgreSQLSession]:
        """A database of its own with the locale of the session's; its comment names its owner, so that a sweep can find it."""
        database = f"{SCRATCH}{int(time.time())}_{name}"
        quoted = self.q.name(database)
        ((encoding, collate, ctype),) = session.rows(
            "SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype FROM pg_catalog.pg_database WHERE datname = current_database()")
        literal = self.q.literal
        try:
            session.run(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING {literal(encoding)}"
                        f" LC_COLLATE {literal(collate)} LC_CTYPE {literal(ctype)}")
        except Refused as error:
            if error.sqlstate != NOT_ALLOWED:
                raise
            with _databases.given(session, _number, error) as place:
                yield place
            return
        try:
            place = self.connect(_elsewhere(session.address, database))
            place.rows(f"SELECT pg_catalog.pg_advisory_lock({_number(database)})")
            _databases.furnish(session, place)
            try:
                yield place
            finally:
                place.close()
        finally:
            self._drop(session, database)

    def _drop(self, session: PostgreSQLSession, database: str) -> None:
        with contextlib.suppress(SqlxError):
            session.rows("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
                         " WHERE datname = %s AND pid <> pg_catalog.pg_backend_pid()", database)
        with contextlib.suppress(SqlxError):
            self._unsubscribe(session, database)
        for _ in range(50):
            try:
                roles = _roles.left(session, database)
                session.run(f"DROP DATABASE IF EXISTS {self.q.name(database)}")
                _roles.remove(session, roles)
                return
            except ServerError:
                time.sleep(0.02)

    def _unsubscribe(self, session: PostgreSQLSession, database: str) -> None:
        """A database that follows another one cannot be dropped."""
        if not session.rows(SUBSCRIBES, database):
            return
        place = self.connect(_elsewhere(session.address, database))
        try:
            for (text,) in place.rows(UNSUBSCRIBING):
                place.run(text)
        finally:
            place.close()

    def beside(self, session: PostgreSQLSession) -> PostgreSQLSession:
        return self.connect(session.address)

    def empty(self, session: PostgreSQLSession) -> None:
        _databases.empty(session)

    def sweep(self, session: PostgreSQLSession) -> list[str]:
        """Scratch databases to which nobody is connected any more and whose names say that they are older than a minute."""
        listed = session.rows(
            "SELECT datname FROM pg_catalog.pg_database AS d WHERE datname LIKE %s AND NOT EXISTS"
            " (SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.datname = d.datname)", SCRATCH.replace("_", r"\_") + "%")
        old = [name for (name,) in listed if _age(name) > 60]
        for name in old:
            self._drop(session, name)
        return old

    @contextlib.contextmanager
    def reading(self, session: PostgreSQLSession) -> Iterator[None]:
        ((path,),) = session.rows("SELECT pg_catalog.current_setting('search_path')")
        session.rows("SELECT pg_catalog.set_config('search_path', '', false)")
        try:
            yield
        finally:
            session.rows("SELECT pg_catalog.set_config('search_path', %s, false)", path)

    def narrowed(self, query: str, of: Sequence[int], tables: Iterable[tuple[str, ...]]) -> str:
        """The query with the rows of these tables alone; a condition reaches down into what it is put upon."""
        names = [f"c{at}" for at in range(max(of) + 1)]
        wanted = ", ".join("(" + ", ".join(map(self.q.literal, path)) + ")" for path in sorted(tables))
        return f"SELECT * FROM ({query}) AS q ({', '.join(names)}) WHERE ({', '.join(names[at] for at in of)}) IN ({wanted})"

    def patience(self, session: PostgreSQLSession, milliseconds: int) -> None:
        session.run(f"SET lock_timeout = {milliseconds}")

    @contextlib.contextmanager
    def lease(self, session: PostgreSQLSession, name: str) -> Iterator[None]:
        number = _number(name)
        if session.rows(f"SELECT pg_catalog.pg_try_advisory_lock({number})") != [(True,)]:
            raise Busy(f"another sqlx is changing {session.address.path}", why="it holds the lease, an advisory lock")
        try:
            yield
        finally:
            with contextlib.suppress(SqlxError):
                session.rows(f"SELECT pg_catalog.pg_advisory_unlock({number})")

    def watch(self, session: PostgreSQLSession, other: PostgreSQLSession, tables: Sequence[NodeId], statements: Sequence[str]) -> Observation:
        from kernel.udr.adapters import _watching

        return _watching.watch(session, other, statements)

    def told_of_all(self, session: PostgreSQLSession) -> tuple[str, ...]:
        """The publications of every table there is and will be, where somebody follows this database."""
        try:
            return tuple(str(name) for (name,) in session.rows(TOLD_OF_ALL))
        except Refused:  # what speaks this protocol and has no such catalog is followed in another way
            return ()

    def role(self, session: PostgreSQLSession) -> str:
        return next((str(role) for (role,) in session.rows(ROLE)), "")

    def guests(self, session: PostgreSQLSession) -> tuple[tuple[str, bool], ...]:
        return tuple((str(name), bool(may_all)) for name, may_all in session.rows(_roles.REFERRED))

    def attend(self, session: PostgreSQLSession, roles: Iterable[str]) -> None:
        session.rows("SELECT pg_catalog.set_config('sqlx.roles', %s, false)", json.dumps(list(roles)))

    def stand_in(self, session: PostgreSQLSession, role: str, guests: Iterable[tuple[str, bool]] = ()) -> None:
        session.guests = tuple(guests)
        session.stands_in_for = role
        session.rows("SELECT pg_catalog.set_config('sqlx.role', %s, false)", role)

    def sizes(self, session: PostgreSQLSession) -> Mapping[NodeId, TableSize]:
        return {NodeId("table", (schema, name)): TableSize(int(rows), int(size)) for schema, name, rows, size in session.rows(SIZES)}

    def statistics(self, session: PostgreSQLSession, tables: Iterable[NodeId]) -> Mapping[NodeId, TableStatistics]:
        wanted = {self.q.name(*one.path): one for one in tables}
        columns: dict[NodeId, dict[str, ColumnStatistics]] = {}
        sizes = self.sizes(session)
        for table, name, nulls, distinct, width in session.rows(STATISTICS, list(wanted)):
            id = wanted[table]
            rows = sizes[id].rows if id in sizes else -1
            many = int(distinct) if distinct >= 0 else int(-distinct * rows) if rows >= 0 else -1
            columns.setdefault(id, {})[name] = ColumnStatistics(many, round(nulls * 1_000_000), int(width))
        return {id: TableStatistics(sizes[id].rows, sizes[id].bytes, columns.get(id, {})) for id in wanted.values() if id in sizes}

    def look_over(self, session: PostgreSQLSession, tables: Iterable[NodeId]) -> None:
        for one in tables:
            session.run(f"ANALYZE {self.q.name(*one.path)}")

    def counters(self, session: PostgreSQLSession) -> Counters | None:
        """A write finds its row by a scan as well: that one is no read of its own."""
        busy = -1
        with contextlib.suppress(Refused):
            busy = int(session.rows(BUSY)[0][0])
        try:
            ((since, transactions, clients),) = session.rows(SINCE)
            requests = {NodeId("table", (schema, name)).label: (max(0, int(scans) - int(found)), int(writes))
                        for schema, name, scans, writes, found in session.rows(COUNTED)}
            open = tuple((NodeId("table", (schema, name)).label, int(age), bool(writes)) for schema, name, age, writes in session.rows(OPEN))
        except Refused:
            return None
        return Counters(int(since), requests, int(transactions), busy, int(clients), open)

    def stored(self, session: PostgreSQLSession) -> Mapping[str, str] | None:
        return dict(session.rows("SELECT n.nspname || '.' || c.relname, c.relfilenode::text FROM pg_catalog.pg_class AS c"
                                 " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
                                 " WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"))

    def written(self, session: PostgreSQLSession) -> int | None:
        """Bytes of write-ahead log."""
        with contextlib.suppress(Refused):
            return int(session.rows("SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')")[0][0])
        return None

    def outside(self, session: PostgreSQLSession) -> tuple[str, ...] | None:
        from kernel.udr.adapters import _dumps

        return _dumps.pg_dump(session.address, PLACES)

    def unmodelled(self, session: PostgreSQLSession) -> list[tuple[str, str]]:
        stays = session.roles.passed_over if session.roles is not None else ()
        return [*((sort, name) for sort, name in session.rows(UNMODELLED)), *(("statement_about_the_role", name) for name in sorted(stays))]

    def not_shown(self, session: PostgreSQLSession) -> Mapping[str, str]:
        return dict(session.rows(NOT_SHOWN))


SIZES = """
    WITH counted AS (
        SELECT c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_relation_size(c.oid) AS size,
               CASE WHEN c.reltuples >= 0 AND c.relpages > 0 THEN c.reltuples / c.relpages * (pg_catalog.pg_relation_size(c.oid) / 8192)
                    ELSE -1 END AS rows
          FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_')
    SELECT nspname, relname, rows::bigint, size::bigint FROM counted WHERE relkind = 'r'
     UNION ALL
    SELECT whole.nspname, whole.relname, (CASE WHEN min(part.rows) < 0 THEN -1 ELSE sum(part.rows) END)::bigint, sum(part.size)::bigint
      FROM counted AS whole JOIN LATERAL pg_catalog.pg_partition_tree(whole.oid) AS tree ON tree.isleaf JOIN counted AS part ON part.oid = tree.relid
     WHERE whole.relkind = 'p' GROUP BY 1, 2"""
"""As the planner of the server has it: what was counted last, for as many pages as there are now; -1 where nobody counted. A table of partitions
has what they have."""

def _elsewhere(address: Address, database: str) -> Address:
    from dataclasses import replace
    return replace(address, path=database)


def _age(name: str) -> float:
    """For how many seconds a scratch database has been there, by its name."""
    made = name.removeprefix(SCRATCH).partition("_")[0]
    return time.time() - int(made) if made.isdigit() else 0


def _number(name: str) -> int:
    """A key for an advisory lock: the first eight bytes of a digest."""
    return int.from_bytes(hashlib.sha256(b"sqlx/" + name.encode()).digest()[:8], "big", signed=True)


ADAPTER = PostgreSQLAdapter()
