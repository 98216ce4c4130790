"""Roles belong to the whole cluster: what becomes of them while statements are tried in a scratch place of one database.

Roles that were there before stay as they are, whatever a script says of them. Those that are made in a place go with it; so do the
stand-ins for the target's roles, where the place is on another cluster. A killed process leaves their numbers in the place's comment,
so that a sweep finds them.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable
from typing import Any

from kernel.core.errors import SqlxError
from kernel.udr.adapters._cluster import bare

REFERRED = """
    SELECT DISTINCT r.rolname::text, r.rolsuper FROM pg_catalog.pg_shdepend AS d JOIN pg_catalog.pg_roles AS r ON r.oid = d.refobjid
     WHERE d.refclassid = 1260 AND d.refobjid >= 16384
       AND d.dbid = (SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = pg_catalog.current_database()) ORDER BY 1"""
"""The roles that a database refers to, and whether nothing is forbidden to them."""

NAMES = "SELECT oid::bigint, rolname::text FROM pg_catalog.pg_roles"

_NAME = r'(?:"(?:[^"]|"")+"|[^\s",;()]+)'
_NAMES = rf"({_NAME}(?:\s*,\s*{_NAME})*)"
_MAKES = re.compile(rf"\bCREATE\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP)\s+({_NAME})", re.I)
_CHANGES = re.compile(rf"\s*(?:(?:ALTER|DROP)\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP)\s+(?:IF\s+EXISTS\s+)?|COMMENT\s+ON\s+ROLE\s+){_NAMES}", re.I)
_JOINS = re.compile(rf"\s*(?:GRANT|REVOKE)\s+(?:(?!\bON\b)[^;'])*?\b(?:TO|FROM)\s+{_NAMES}", re.I)


class Roles:
    """Those of the cluster, as one scratch place sees them."""

    def __init__(self, place: Any, guests: Iterable[tuple[str, bool]]) -> None:
        self.place, self.named = place, set[str]()
        self.first = {name for _, name in place.rows(NAMES)}
        self.invited = {name: may_all for name, may_all in guests if name not in self.first}
        self.guests, self.passed_over = set[str](), set[str]()
        self._invite()

    def _invite(self) -> None:
        for name in sorted(self.invited.keys() - self.guests):
            self.named.add(name)
            self.place.do(f"CREATE ROLE {self.place.adapter.q.name(name)}{' SUPERUSER' if self.invited[name] else ''}")
        self.guests = set(self.invited)
        self.tell()

    def passes_over(self, sql: str) -> bool:
        """The statement is about a role that was there before and stays as it is; it is not run."""
        text = bare(sql)
        if made := _MAKES.match(text.lstrip()):
            names = _names(made[1])
            for one in names & self.guests:
                self.guests.discard(one)
                self.place.do(f"DROP ROLE {self.place.adapter.q.name(one)}")
            others = names & self.first
        elif changed := _CHANGES.match(text) or _JOINS.match(text):
            others = _names(changed[1]) - self.made()
        else:
            return False
        self.passed_over |= others
        return bool(others)

    def heard(self, sql: str) -> None:
        """A statement was run: it may have made those that it names, a block of code as well."""
        if named := {name for one in _MAKES.findall(bare(sql)) for name in _names(one)}:
            self.named |= named
            self.tell()

    def made(self) -> set[str]:
        return {name for _, name in self._new() if name not in self.guests}

    def forget(self) -> None:
        """The place is empty again: so are its roles."""
        for name in self.made():
            for text in ("DROP OWNED BY", "DROP ROLE"):
                self.place.do(f"{text} {self.place.adapter.q.name(name)}")
        self._invite()

    def tell(self) -> None:
        """Have reads of the place find those that were made in it, and a sweep all that have to go with it."""
        new = self._new()
        literal = self.place.adapter.q.literal
        self.place.rows("SELECT pg_catalog.set_config('sqlx.roles', %s, false)", json.dumps([name for _, name in new if name not in self.guests]))
        if new:
            said = literal(json.dumps({"roles": [oid for oid, _ in new]}))
            self.place.do(f"COMMENT ON DATABASE {self.place.adapter.q.name(self.place.address.path)} IS {said}")

    def _new(self) -> list[tuple[int, str]]:
        """Those that were not there before and that a statement here made by that very name: others make roles too, and none of theirs may go."""
        return [(oid, name) for oid, name in self.place.rows(NAMES) if name in self.named - self.first] if self.named else []


def left(session: Any, database: str) -> list[int]:
    """The roles that have to go with a scratch place, by number."""
    said = session.rows("SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = %s", database)
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return [int(one) for one in json.loads(said[0][0])["roles"]] if said and said[0][0] else []
    return []


def remove(session: Any, oids: Iterable[int]) -> None:
    """The last ones first: one may be a member of another."""
    for oid in sorted(oids, reverse=True):
        for (name,) in session.rows("SELECT rolname::text FROM pg_catalog.pg_roles WHERE oid = %s", oid):
            with contextlib.suppress(SqlxError):
                session.run(f"DROP ROLE {session.adapter.q.name(name)}")


def _names(text: str) -> set[str]:
    """Names as the server knows them: unquoted ones in small letters."""
    return {one[1:-1].replace('""', '"') if one.startswith('"') else one.lower() for one in re.findall(_NAME, text)}
