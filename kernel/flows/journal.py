"""What sqlx keeps in the target itself: which plans ran, which steps are done, and the newest checkpoint of the audit log.

Tables named `_sqlx_*`, in a schema of their own where the server has schemas. Made by the first apply; never part of a diff.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kernel.core import canonical
from kernel.core.errors import LockTimeout, Refused

TABLES = {
    "_sqlx_meta": "name varchar(64) NOT NULL PRIMARY KEY, value text",
    "_sqlx_run": "plan varchar(64) NOT NULL PRIMARY KEY, state varchar(16) NOT NULL, begun varchar(40) NOT NULL, ended varchar(40),"
                 " base varchar(80) NOT NULL, desired varchar(80) NOT NULL, steps integer NOT NULL, actor varchar(200)",
    "_sqlx_step": "plan varchar(64) NOT NULL, number integer NOT NULL, digest varchar(80) NOT NULL, state varchar(16) NOT NULL,"
                  " statements integer NOT NULL, seen varchar(40) NOT NULL, PRIMARY KEY (plan, number)",
    "_sqlx_outbox": "id varchar(64) NOT NULL PRIMARY KEY, number integer NOT NULL, entry text NOT NULL",
}

RUNNING, DONE, UNDOING, UNDONE = "running", "done", "undoing", "undone"
INTENT = "intent"


@dataclass(frozen=True)
class Run:
    """One plan on this database: `running` and `undoing` mean that it was begun and not ended."""

    plan: str
    state: str
    begun: str
    ended: str
    base: str
    desired: str
    steps: int
    actor: str

    @property
    def open(self) -> bool:
        return self.state in (RUNNING, UNDOING)


@dataclass(frozen=True)
class StepState:
    """How far a step is: `intent` (begun), `done` or `undone`, since when, and how many of its statements ran."""

    number: int
    digest: str
    state: str
    statements: int
    seen: str


class Journal:
    """The journal of one database, through a session that may have a transaction open."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.q = session.adapter.q
        self.schema = session.adapter.own_schema

    def name(self, table: str) -> str:
        return str(self.q.name(self.schema, table))

    def ensure(self) -> None:
        """The tables, made where they are not there."""
        if self._there():
            return
        if self.schema:
            self.session.run(f"CREATE SCHEMA IF NOT EXISTS {self.q.name(self.schema)}")
        for table, columns in TABLES.items():
            self.session.run(f"CREATE TABLE IF NOT EXISTS {self.name(table)} ({columns})")
        if not self.target_id():
            self.set("target", str(uuid.uuid4()))

    def _there(self) -> bool:
        return all(self._rows(f"SELECT count(*) FROM {self.name(table)} WHERE 1 = 0") for table in TABLES)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows, or none where there is no journal."""
        try:
            return list(self.session.rows(sql))
        except LockTimeout:
            raise
        except Refused:
            return []

    def get(self, name: str) -> str:
        rows = self._rows(f"SELECT value FROM {self.name('_sqlx_meta')} WHERE name = {self.q.literal(name)}")
        return str(rows[0][0]) if rows else ""

    def set(self, name: str, value: str) -> None:
        self._put("_sqlx_meta", {"name": name}, {"value": value})

    def _put(self, table: str, key: dict[str, str | int], values: dict[str, str | int | None]) -> None:
        """Write a row by one statement: were it deleted and inserted, a crash between the two would lose it."""
        literal, name = self.q.literal, self.name(table)
        where = " AND ".join(f"{column} = {literal(value)}" for column, value in key.items())
        if self._rows(f"SELECT 1 FROM {name} WHERE {where}"):
            changes = ", ".join(f"{column} = {literal(value)}" for column, value in values.items())
            self.session.run(f"UPDATE {name} SET {changes} WHERE {where}")
        else:
            row = {**key, **values}
            self.session.run(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({', '.join(map(literal, row.values()))})")

    def target_id(self) -> str:
        """The database's own id, "" before the first apply."""
        return self.get("target")

    def runs(self) -> list[Run]:
        """Every plan that was begun here, oldest first."""
        rows = self._rows("SELECT plan, state, begun, coalesce(ended, ''), base, desired, steps, coalesce(actor, '')"
                          f" FROM {self.name('_sqlx_run')} ORDER BY begun, plan")
        return [Run(*row) for row in rows]

    def run(self, plan: str) -> Run | None:
        return next((one for one in self.runs() if one.plan == plan), None)

    def begin(self, run: Run) -> None:
        literal = self.q.literal
        self.session.run(f"DELETE FROM {self.name('_sqlx_meta')} WHERE name = {literal(_purged(run.plan))}")
        for table in ("_sqlx_run", "_sqlx_step"):
            self.session.run(f"DELETE FROM {self.name(table)} WHERE plan = {literal(run.plan)}")
        self.session.run(f"INSERT INTO {self.name('_sqlx_run')} (plan, state, begun, base, desired, steps, actor) VALUES ("
                         f"{literal(run.plan)}, {literal(run.state)}, {literal(run.begun)}, {literal(run.base)}, {literal(run.desired)},"
                         f" {run.steps}, {literal(run.actor)})")

    def mark(self, plan: str, state: str, ended: str = "") -> None:
        literal = self.q.literal
        self.session.run(f"UPDATE {self.name('_sqlx_run')} SET state = {literal(state)}, ended = {literal(ended or None)}"
                         f" WHERE plan = {literal(plan)}")

    def purged(self, plan: str) -> str:
        """Since when the rows that a plan took away are gone for good; "" if they are not."""
        return self.get(_purged(plan))

    def set_purged(self, plan: str, when: str) -> None:
        self.set(_purged(plan), when)

    def steps(self, plan: str) -> dict[int, StepState]:
        rows = self._rows(f"SELECT number, digest, state, statements, seen FROM {self.name('_sqlx_step')} WHERE plan = {self.q.literal(plan)}")
        return {row[0]: StepState(*row) for row in rows}

    def step(self, plan: str, number: int, digest: str, state: str, seen: str, statements: int = 0) -> None:
        self._put("_sqlx_step", {"plan": plan, "number": number}, {"digest": digest, "state": state, "statements": statements, "seen": seen})

    def post(self, id: str, number: int, entry: str) -> None:
        """An entry for the audit log, kept here until it is there."""
        self._put("_sqlx_outbox", {"id": id}, {"number": number, "entry": entry})

    def posted(self) -> list[tuple[str, int, str]]:
        rows = self._rows(f"SELECT id, number, entry FROM {self.name('_sqlx_outbox')} ORDER BY number")
        return [(row[0], row[1], row[2]) for row in rows]

    def forget(self, id: str) -> None:
        self.session.run(f"DELETE FROM {self.name('_sqlx_outbox')} WHERE id = {self.q.literal(id)}")


def _purged(plan: str) -> str:
    return f"purged {plan}"


def kept_prefix(base: str, desired: str) -> str:
    """How the tables are called in which a plan between these two fingerprints keeps rows."""
    return f"_sqlx_keep_{canonical.digest('keep', [base, desired])[7:15]}"


@contextmanager
def transaction(session: Any) -> Iterator[None]:
    """All or nothing, where the server keeps that promise for what runs inside."""
    session.begin()
    try:
        yield
    except BaseException:
        session.rollback()
        raise
    session.commit()
