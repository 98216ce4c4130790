"""By which claim of an ALTER a server does it, the strictest that it accepts; and what its storage engine shows of it afterwards."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.core.errors import Refused
from kernel.core.strategy import SAYS
from kernel.udr.port import Observation

_NOT_THIS_WAY = frozenset({"1064", "1221", "1235", "1800", "1845", "1846", "1847", "4092"})
"""An ALGORITHM or LOCK clause was refused, and nothing was done (documentation, server error reference)."""
_LADDER = ("ALGORITHM=INSTANT", "ALGORITHM=NOCOPY, LOCK=NONE", "ALGORITHM=INPLACE, LOCK=NONE", "ALGORITHM=INPLACE, LOCK=SHARED",
           "ALGORITHM=COPY, LOCK=NONE", "ALGORITHM=COPY, LOCK=SHARED")
_PARTITION = re.compile(r"(ALTER TABLE (?:`(?:``|[^`])*`\.)?`(?:``|[^`])*`) ((?:PARTITION BY|REMOVE PARTITIONING)\b.*)", re.I | re.S)


def watch(session: Any, statements: Sequence[str]) -> Observation:
    """With the strictest clauses first; a refusal leaves the table as it was. What was observed is believed, not the clause."""
    if not statements:
        return Observation()
    with _in_transaction(session) as ended:
        seen = [_watch_one(session, statement) for statement in statements]
    return Observation(
        _worst(one.blocks_reads for one in seen), _worst(one.blocks_writes for one in seen), _worst(one.rewrites for one in seen),
        _worst(one.scans for one in seen), says="; ".join(one.says for one in seen if one.says), commits=bool(ended))


def _watch_one(session: Any, statement: str) -> Observation:
    statement = session.said(statement) if statement.startswith(SAYS) else statement
    before = _Stored.read(session)
    claim, copied = _climb(session, statement)
    after = _Stored.read(session)
    rewrites = True if copied > 0 else before.rebuilt(after)
    if not claim:
        return _unclaimed(statement, rewrites)
    algorithm = claim.partition(",")[0].removeprefix("ALGORITHM=")
    lied = copied > 0 and algorithm != "COPY"
    blocks = lied or not (algorithm == "INSTANT" or "LOCK=NONE" in claim)
    scans = True if rewrites else False if algorithm == "INSTANT" else before.indexed(after)
    says = f"accepted {claim}" + (f" and copied {copied} rows" if lied else "")
    return Observation(lied, blocks, True if algorithm == "COPY" else rewrites, scans, says=says)


def _worst(seen: Iterable[bool | None]) -> bool | None:
    found = list(seen)
    return True if True in found else None if None in found else False


def table_numbers(session: Any) -> dict[str, int] | None:
    """The storage engine's number of each table: another one means that the table was built anew. None if it isn't shown."""
    ((database,),) = session.rows("SELECT DATABASE()")
    prefix = "".join(one if re.match(r"[A-Za-z0-9_]", one) else f"@{ord(one):04x}" for one in database) + "/"
    views = ("INNODB_TABLES", "INNODB_SYS_TABLES") if session.table_numbers is None else (session.table_numbers,)
    for view in views:
        if not view:
            continue
        try:
            listed = session.rows(f"SELECT NAME, TABLE_ID FROM information_schema.{view} WHERE LEFT(NAME, {len(prefix)}) = %s", prefix)
        except Refused:
            continue
        session.table_numbers = view
        return {str(name): int(number) for name, number in listed}
    session.table_numbers = ""
    return None


def _index_numbers(session: Any, tables: Mapping[str, int]) -> frozenset[int]:
    """The storage engine's numbers of the indexes of these tables."""
    if not tables:
        return frozenset()
    view = session.table_numbers.replace("TABLES", "INDEXES")
    listed = session.rows(f"SELECT INDEX_ID FROM information_schema.{view} WHERE TABLE_ID IN ({', '.join(map(str, tables.values()))})")
    return frozenset(int(number) for (number,) in listed)


@dataclass(frozen=True)
class _Stored:
    """The storage engine's numbers of tables and of their indexes; `tables` is None if they aren't shown."""

    tables: Mapping[str, int] | None
    indexes: frozenset[int]

    @classmethod
    def read(cls, session: Any) -> _Stored:
        tables = table_numbers(session)
        return cls(tables, _index_numbers(session, tables or {}))

    def rebuilt(self, after: _Stored) -> bool | None:
        """A table was written anew."""
        if self.tables is None or after.tables is None:
            return None
        return any(after.tables.get(name, number) != number and number not in after.tables.values() for name, number in self.tables.items())

    def indexed(self, after: _Stored) -> bool | None:
        """Rows were read for a change that is made in place and wrote no table anew: only to build an index from them. None where tables came or
        went: who knows what became of their rows."""
        return not after.indexes <= self.indexes if self.tables and self.tables == after.tables else None


def _rungs(statement: str) -> Iterator[tuple[str, str]]:
    """The claims that can be made for a statement, strictest first, and at last the statement as it is."""
    head = statement.lstrip()[:40].upper()
    if said := re.search(r" (ALGORITHM=(?:INSTANT|NOCOPY|INPLACE|COPY)(?: LOCK=\w+)?)\Z", statement):
        yield said[1].replace(" ", ", "), statement
    else:
        for claim in _LADDER:
            if partition := _PARTITION.fullmatch(statement):
                yield claim, f"{partition[1]} {claim} {partition[2]}"
            elif head.startswith("ALTER TABLE"):
                yield claim, f"{statement}, {claim}"
            elif re.match(r"(CREATE (UNIQUE |FULLTEXT |SPATIAL |VECTOR )?|DROP )INDEX\b", head):
                yield claim, f"{statement} {claim.replace(',', '')}"
    yield "", statement


def _climb(session: Any, statement: str) -> tuple[str, int]:
    """Run it with the first claim that the server accepts; the claim, and how many rows were copied."""
    for claim, text in _rungs(statement):
        try:
            return claim, session.run(text)
        except Refused as error:
            if text == statement or error.sqlstate not in _NOT_THIS_WAY:
                raise
    raise AssertionError("the last rung is the statement itself")


def _unclaimed(statement: str, rewrites: bool | None) -> Observation:
    """No clause can be put to this statement: what is made new or is ours is in nobody's way, all else is taken to be. Who gives a name or a
    trigger reads no rows, if the table keeps its number."""
    head = statement.lstrip()
    if re.match(r"CREATE (OR REPLACE )?(ALGORITHM=\w+ )?(DEFINER=\S+ )?(SQL SECURITY \w+ )?(TABLE|VIEW|SEQUENCE)\b", head, re.I):
        return Observation(False, False, rewrites, False)
    if re.match(r"SET SESSION\b|DROP TABLE `_sqlx_", head):
        return Observation(False, False, False, False)
    named = rewrites is False and re.match(r"RENAME TABLE\b|(CREATE|DROP) TRIGGER\b", head)
    return Observation(True, True, rewrites, False if named else None)


@contextlib.contextmanager
def _in_transaction(session: Any) -> Iterator[list[bool]]:
    """What runs inside finds a transaction open. The list is not empty afterwards if it did not leave it so: a mark that was set in it is gone."""
    ended: list[bool] = []
    session.begin()
    try:
        session.run("SAVEPOINT sqlx_before")
        yield ended
        try:
            session.run("RELEASE SAVEPOINT sqlx_before")
        except Refused:
            ended.append(True)
    except BaseException:
        session.rollback()
        raise
    session.commit()
