"""By which claim of an ALTER a server does it: the strictest that it accepts."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Set
from typing import Any

from kernel.core.errors import Refused
from kernel.udr.port import Observation

_NOT_THIS_WAY = frozenset({"1064", "1221", "1235", "1800", "1845", "1846", "1847", "4092"})
"""An ALGORITHM or LOCK clause was refused, and nothing was done (documentation, server error reference)."""
_LADDER = ("ALGORITHM=INSTANT", "ALGORITHM=NOCOPY, LOCK=NONE", "ALGORITHM=INPLACE, LOCK=NONE", "ALGORITHM=INPLACE, LOCK=SHARED",
           "ALGORITHM=COPY, LOCK=NONE", "ALGORITHM=COPY, LOCK=SHARED")
_PARTITION = re.compile(r"(ALTER TABLE (?:`(?:``|[^`])*`\.)?`(?:``|[^`])*`) ((?:PARTITION BY|REMOVE PARTITIONING)\b.*)", re.I | re.S)


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


def climb(session: Any, statement: str) -> tuple[str, int]:
    """Run it with the first claim that the server accepts; the claim, and how many rows were copied."""
    for claim, text in _rungs(statement):
        try:
            return claim, session.run(text)
        except Refused as error:
            if text == statement or error.sqlstate not in _NOT_THIS_WAY:
                raise
    raise AssertionError("the last rung is the statement itself")


def built_anything(tables: Mapping[str, int] | None, tables_after: Mapping[str, int] | None, indexes: Set[int] | None,
                   indexes_after: Set[int] | None) -> bool | None:
    """Whether rows were read for a change that is made in place and wrote no table anew: only to build an index from them. None where that isn't
    shown, or where tables came or went: who knows what became of their rows."""
    if indexes is None or indexes_after is None or tables != tables_after:
        return None
    return not indexes_after <= indexes


def unclaimed(statement: str, rewrites: bool | None) -> Observation:
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
def in_transaction(session: Any) -> Iterator[list[bool]]:
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
