"""An outside witness of what a database holds: it asks the server and its own dump program, and nothing of sqlx.

A state is a sorted list of texts: `pg_dump`, `SHOW CREATE` of everything, or what SQLite's own tables and pragmas tell. Only what a
server spells differently for the very same schema is made alike, and each such thing is named here. Objects called `_sqlx_*` are left out.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import pymysql
from pymysql.constants import CLIENT

from tests.servers import servers
from tests.servers.databases import RealServer

OWN = "_sqlx_"
State = list[str]


@dataclass(frozen=True)
class Rows:
    """The rows of one table: the declared types of its columns, and each row as text."""

    types: Mapping[str, str]
    rows: tuple[Mapping[str, str | None], ...]

    def bag(self, columns: Iterable[str]) -> Counter[tuple[str | None, ...]]:
        """The rows by some of their columns; their order does not matter."""
        chosen = list(columns)
        return Counter(tuple(row[one] for one in chosen) for row in self.rows)


Contents = Mapping[str, Rows]


def bags(contents: Contents) -> dict[str, Counter[tuple[str | None, ...]]]:
    """All rows of all tables, with their columns and rows in no order."""
    return {name: one.bag(sorted(one.types)) for name, one in contents.items()}


class Observer:
    """Looks at one database."""

    def __init__(self, server: RealServer, url: str) -> None:
        self.server, self.url = server, url

    def load(self, script: str) -> None:
        """Run a script, statement by statement."""

    def state(self) -> State:
        """The schema, sorted."""
        raise NotImplementedError

    def contents(self) -> dict[str, Rows]:
        """The rows of every table."""
        raise NotImplementedError

    def own(self) -> list[str]:
        """The tables that sqlx keeps for itself."""
        raise NotImplementedError


def observer(server: RealServer, url: str) -> Observer:
    """The one that knows this make of server."""
    sort = {"sqlite": SqliteObserver, "pg": PostgresObserver}.get(server.engine, MysqlObserver)
    return sort(server, url)


def differences(one: State, other: State) -> str:
    """What only one of two states has, for people; "" if they are the same."""
    left, right = Counter(one), Counter(other)
    return "\n".join([*(f"- {text}" for text in sorted((left - right).elements())), *(f"+ {text}" for text in sorted((right - left).elements()))])


def lost(before: Contents, after: Contents, renamed: Mapping[str, str] | None = None, ignored: Iterable[str] = ()) -> list[str]:
    """Rows that both have a place for and that are not there any more, in words.

    `renamed` maps `table` or `new_table.column` of the former to the name of today; `ignored` are `table.column` of today.
    A null that has become a value is a loss here; a case that fills nulls says so with `ignored`.
    """
    says, renamed, ignored = [], renamed or {}, set(ignored)
    for name, old in before.items():
        today = renamed.get(name, name)
        new = after.get(today)
        if new is None:
            continue
        if len(old.rows) != len(new.rows):
            says.append(f"{name}: {len(old.rows)} rows before, {len(new.rows)} after")
            continue
        pairs = [(one, renamed.get(f"{today}.{one}", one)) for one in old.types]
        both = [(one, other) for one, other in pairs if other in new.types and f"{today}.{other}" not in ignored]
        gone = old.bag(one for one, _ in both) - new.bag(other for _, other in both)
        if gone:
            says.append(f"{name}: {gone.total()} of {len(old.rows)} rows changed in {', '.join(one for one, _ in both)}: {next(iter(gone))}")
    return says


def _as_text(value: object) -> str | None:
    """One spelling for one value, so that a column which was widened holds the same."""
    match value:
        case None:
            return None
        case bool():
            return str(int(value))
        case int() | Decimal():
            return format(Decimal(value).normalize(), "f")
        case bytes():
            return value.hex()
    return str(value)


def _rows(types: Mapping[str, str], rows: Iterable[Sequence[object]]) -> Rows:
    return Rows(types, tuple(dict(zip(types, map(_as_text, row), strict=True)) for row in rows))


class PostgresObserver(Observer):
    """Dumps with pg_dump 18, or the server's own where that is newer. Alike are: the order of columns (they can only be added at the
    end) and of storage parameters, and the names of NOT NULL constraints (since version 18 they are kept from how a table came about)."""

    TABLES = """
        SELECT c.oid, c.oid::regclass::text, CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|_sqlx_|information_schema$)'"""
    COLUMNS = """
        SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
         WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""

    def load(self, script: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as session:
            session.execute(b"SET check_function_bodies = off;" + script.encode())

    def state(self) -> State:
        left_out = [f"--exclude-schema={OWN}*", f"--exclude-table=*.{OWN}*"]
        done = subprocess.run([servers.tool("pg_dump", self.server.label), "--schema-only", "--no-security-labels", *left_out, "-d", self.url],
                              capture_output=True, text=True, check=True, timeout=120)
        entries = re.split(r"^--\n-- .*\n--\n", done.stdout, flags=re.MULTILINE)[2:]
        return sorted(text for entry in entries if (text := self._alike(entry)))

    @staticmethod
    def _alike(entry: str) -> str:
        text = re.sub(r"^(SET default_.*|\\(un)?restrict .*|-- PostgreSQL database dump complete|--)$", "", entry, flags=re.MULTILINE).strip()
        text = re.sub(r'\bCONSTRAINT ("(?:[^"]|"")+"|\w+) NOT NULL', "NOT NULL", text)
        text = re.sub(r"(?<=\nWITH \()[^()\n]*(?=\))", lambda one: ", ".join(sorted(one[0].split(", "))), text)
        head, opening, rest = text.partition("(\n")
        body, closing_, tail = rest.rpartition("\n)")
        if not (head.startswith(("CREATE TABLE", "CREATE UNLOGGED TABLE")) and opening and closing_):
            return text
        tail = "\n".join(sorted(tail.splitlines()))  # column by column
        return f"{head}({' | '.join(sorted(line.strip().removesuffix(',') for line in body.splitlines()))}){tail}"

    def contents(self) -> dict[str, Rows]:
        found = {}
        with psycopg.connect(self.url) as session:
            for oid, quoted, name in session.execute(self.TABLES).fetchall():
                types: dict[str, str] = dict(session.execute(self.COLUMNS, (oid,)).fetchall())
                columns = ", ".join('"' + one.replace('"', '""') + '"' for one in types) or "''"
                found[name] = _rows(types, session.execute(f"SELECT {columns} FROM {quoted}".encode()).fetchall())
        return found


    def own(self) -> list[str]:
        with psycopg.connect(self.url) as session:
            listed = session.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') AND relname LIKE '\\_sqlx\\_%' ORDER BY 1")
            return [name for (name,) in listed.fetchall()]


def _as_sent(script: str) -> Iterator[str]:
    """What the server's own client would send: between two DELIMITER lines, each statement by itself."""
    delimiter = ";"
    for part in re.split(r"^(DELIMITER \S+)\n", script, flags=re.MULTILINE):
        if part.startswith("DELIMITER "):
            delimiter = part.split()[1]
        else:
            yield from (one for one in ([part] if delimiter == ";" else part.split(delimiter)) if one.strip())


class MysqlObserver(Observer):
    """Dumps with SHOW CREATE. Alike are: counters, definers, the name of the database, the order of keys and constraints, and the
    semicolon that stays behind a program which was sent together with other statements."""

    PROGRAMS: Mapping[str, tuple[str, int]] = {
        "TRIGGER": ("SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = %s", 2),
        "EVENT": ("SELECT event_name FROM information_schema.events WHERE event_schema = %s", 3),
        "PROCEDURE": ("SELECT routine_name FROM information_schema.routines WHERE routine_schema = %s AND routine_type = 'PROCEDURE'", 2),
        "FUNCTION": ("SELECT routine_name FROM information_schema.routines WHERE routine_schema = %s AND routine_type = 'FUNCTION'", 2)}

    @contextmanager
    def session(self) -> Iterator[Any]:
        name = self.url.rpartition("/")[2]
        with closing(pymysql.connect(host=self.server.host, port=self.server.port, user=self.server.user, database=name, charset="utf8mb4",
                                     autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS)) as link, link.cursor() as cursor:
            yield cursor

    def load(self, script: str) -> None:
        with self.session() as cursor:
            for text in _as_sent(script):
                cursor.execute(text)
                while cursor.nextset():
                    pass

    @staticmethod
    def ask(cursor: Any, query: str, *values: object) -> list[Any]:
        cursor.execute(query, values or None)
        return list(cursor.fetchall())

    def tables(self, cursor: Any) -> list[tuple[str, str]]:
        listed = self.ask(cursor, "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = database()")
        return [(name, sort) for name, sort in listed if not name.startswith(OWN)]

    def state(self) -> State:
        found = []
        name = self.url.rpartition("/")[2]
        with self.session() as cursor:
            for table, sort in self.tables(cursor):
                what = sort if sort in ("VIEW", "SEQUENCE") else "TABLE"
                found.append(_sort_keys(self._alike(self.ask(cursor, f"SHOW CREATE {what} {_ticked(table)}")[0][1], name)))
            for what, (names, column) in self.PROGRAMS.items():
                for (program,) in self.ask(cursor, names, name):
                    text = self.ask(cursor, f"SHOW CREATE {what} {_ticked(program)}")[0][column]
                    found.append(re.sub(r" STARTS '[^']*'", "", self._alike(text, name)))
        return sorted(found)

    @staticmethod
    def _alike(text: str, database: str) -> str:
        text = re.sub(r" AUTO_INCREMENT=\d+", "", text)
        text = re.sub(r"\bDEFINER=`[^`]*`@`[^`]*`\s*", "", text)
        if text.startswith("CREATE TRIGGER"):  # it is shown as it was typed
            text = re.sub(r"`(\w+)`", r"\1", text)
        return text.replace(f"`{database}`.", "").rstrip(";")

    def contents(self) -> dict[str, Rows]:
        found = {}
        columns = ("SELECT column_name, column_type, generation_expression FROM information_schema.columns"
                   " WHERE table_schema = database() AND table_name = %s ORDER BY ordinal_position")
        with self.session() as cursor:
            for table, sort in self.tables(cursor):
                if sort in ("BASE TABLE", "SYSTEM VERSIONED"):
                    types = {name: str(kind) for name, kind, formula in self.ask(cursor, columns, table) if not formula}
                    found[table] = _rows(types, self.ask(cursor, f"SELECT {', '.join(map(_ticked, types)) or 1} FROM {_ticked(table)}"))
        return found


    def own(self) -> list[str]:
        with self.session() as cursor:
            listed = self.ask(cursor, "SELECT table_name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1")
            return [name for (name,) in listed if name.startswith(OWN)]


def _ticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _sort_keys(text: str) -> str:
    """CREATE TABLE with its columns in their order and its keys and constraints sorted."""
    head, *lines = text.split("\n")
    end = next((at for at, line in enumerate(lines) if line.startswith(")")), len(lines))
    members = [line.strip().removesuffix(",") for line in lines[:end]]
    columns = [one for one in members if one.startswith("`")]
    return "\n".join([head, *columns, *sorted(one for one in members if not one.startswith("`")), *lines[end:]])


class SqliteObserver(Observer):
    """Tells what pragmas tell, and of the stored text what no pragma does. Alike are: blanks, quotes, the order of columns and of
    members, and a constraint at its column or at its table."""

    def connect(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None))

    def load(self, script: str) -> None:
        with self.connect() as link:
            link.execute("PRAGMA foreign_keys = ON")
            link.executescript(script)

    @staticmethod
    def objects(link: sqlite3.Connection) -> list[tuple[str, str, str]]:
        listed = link.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema").fetchall()
        return [(sort, name, text) for sort, name, table, text in listed if not name.startswith((OWN, "sqlite_")) and not table.startswith(OWN)]

    def state(self) -> State:
        found = []
        with self.connect() as link:
            for sort, name, text in self.objects(link):
                found += _facts(link, name, text) if sort == "table" else [f"{sort} {name}: {' '.join(tokens(text))}"]
        return sorted(found)

    def contents(self) -> dict[str, Rows]:
        found = {}
        with self.connect() as link:
            for sort, name, text in self.objects(link):
                if sort == "table" and not text.upper().startswith("CREATE VIRTUAL"):
                    types = {row[1]: row[2].lower() for row in _pragma(link, "table_xinfo", name) if row[6] == 0}
                    found[name] = _rows(types, link.execute(f"SELECT {', '.join(map(_quoted, types)) or 1} FROM {_quoted(name)}").fetchall())
        return found


    def own(self) -> list[str]:
        with self.connect() as link:
            listed = link.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY 1").fetchall()
            return [name for (name,) in listed if name.startswith(OWN)]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _pragma(link: sqlite3.Connection, pragma: str, name: str) -> list[Any]:
    return link.execute(f"PRAGMA {pragma}({_quoted(name)})").fetchall()


def _facts(link: sqlite3.Connection, name: str, text: str) -> State:
    """All that there is to know of a table of SQLite."""
    columns = sorted((row[1], row[2].lower(), *row[3:]) for row in _pragma(link, "table_xinfo", name))
    keys = Counter(tuple(map(str, row[2:])) for row in _pragma(link, "foreign_key_list", name))
    options = [row[4:6] for row in _pragma(link, "table_list", name) if row[1] == name]
    indexes = sorted(repr((row[2:5], *_parts(_pragma(link, "index_xinfo", row[1])))) for row in _pragma(link, "index_list", name))
    return [f"table {name}: {one}" for one in (f"columns {columns}", f"foreign keys {sorted(keys.items())}", f"without rowid, strict {options}",
                                               f"indexes {indexes}", f"clauses {clauses(text)}")]


def _parts(rows: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """What an index is sorted by, and what it carries along, which comes in the order of the columns."""
    listed = [row[2:] for row in rows]
    return [one for one in listed if one[-1]], sorted((one for one in listed if not one[-1]), key=repr)


_TOKEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:''|[^'])*'|\"(?:\"\"|[^\"])*\"|`(?:``|[^`])*`|\[[^\]]*\]"
                    r"|[A-Za-z_\u0080-\U0010ffff][\w$\u0080-\U0010ffff]*|\d[\w.]*|\|\||<>|<=|>=|!=|==|->>|->|\S", re.DOTALL)


def tokens(text: str) -> list[str]:
    """The tokens of a statement of SQLite: names unquoted and folded, comments and blanks dropped."""
    found = (one for one in _TOKEN.findall(text) if not one.startswith(("--", "/*")))
    return [one if one[0] == "'" else (one[1:-1] if one[0] in '"`[' and len(one) > 1 else one).lower() for one in found]


def clauses(text: str) -> list[str]:
    """What no pragma tells of a table: checks, formulas, collations, conflict clauses, names of constraints, AUTOINCREMENT, deferral."""
    listed = tokens(text)
    found = []
    for member in _members(listed, listed.index("(")) if "(" in listed else ():
        constraint = member[0] in ("constraint", "check", "unique", "primary", "foreign")
        for at, token in enumerate(member):
            following = member[at + 1:at + 2]
            if token in ("check", "as") and following == ["("]:
                inner = " , ".join(" ".join(part) for part in _members(member, at + 1))
                found.append(f"{'' if constraint or token == 'check' else member[0]} {token} {inner}")
            elif token == "collate" and not constraint:
                found.append(f"{member[0]} collate {' '.join(following)}")
            elif token in ("conflict", "constraint"):
                found.append(f"{token} {' '.join(following)}")
            elif token in ("autoincrement", "deferred"):
                found.append(token)
    return sorted(found)


def _members(listed: Sequence[str], start: int) -> list[list[str]]:
    """The comma-separated members of the parenthesis at `start`."""
    members: list[list[str]] = [[]]
    depth = 0
    for token in listed[start:]:
        depth += (token == "(") - (token == ")")
        if depth == 0:
            break
        if token == "," and depth == 1:
            members.append([])
        elif depth > 1 or token != "(" or members[-1]:
            members[-1].append(token)
    return [one for one in members if one]
