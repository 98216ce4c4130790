"""Databases of a cluster in which things are tried out: how one is furnished and emptied, and those that somebody else has made for it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from kernel.core.errors import NoPlace, Refused, ServerError, SqlxError
from kernel.udr.adapters import _roles
from kernel.udr.adapters._cluster import EMPTYING, PUBLIC

GIVEN = r"""
    SELECT d.datname FROM pg_catalog.pg_database AS d JOIN pg_catalog.pg_database AS here ON here.datname = current_database()
     WHERE d.datname LIKE '\_sqlx\_place\_%' AND d.datallowconn AND pg_catalog.pg_has_role(d.datdba, 'MEMBER')
       AND (d.encoding, d.datcollate, d.datctype) = (here.encoding, here.datcollate, here.datctype)
  ORDER BY d.datname"""
"""Databases of one's own whose names say that all in them may go."""

ADVICE = ("give a throw-away place on a server of the same version: --twin URL; or ask for the right to make databases (CREATEDB), or for three of"
          " your own with the locale of this one: CREATE DATABASE _sqlx_place_1 OWNER ... TEMPLATE template0, then _2 and _3")

FEW, ALL = 20, 2**31 - 1
"""Up to so many objects of that schema are dropped one by one: with more it is quicker to make the schema anew."""

BORN = ("CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC", "COMMENT ON SCHEMA public IS 'standard public schema'",
        "ALTER SCHEMA public OWNER TO pg_database_owner")


@contextlib.contextmanager
def given(session: Any, number: Callable[[str], int], refusal: Refused) -> Iterator[Any]:
    """The first that nobody uses, empty; as empty again at the end. `number` is a lock's key for a name. NoPlace where there is none."""
    for (database,) in session.rows(GIVEN):
        with contextlib.closing(session.adapter.connect(replace(session.address, path=database))) as place:
            if place.rows(f"SELECT pg_catalog.pg_try_advisory_lock({number(database)})") != [(True,)]:
                continue
            _with_public(place, BORN)
            furnish(session, place)
            place.adapter.empty(place)
            try:
                yield place
            finally:
                with contextlib.suppress(SqlxError):
                    place.adapter.empty(place)
                    _with_public(place, place.public_as_born)
            return
    raise NoPlace(f"{refusal.what} ({refusal.why})", next=ADVICE) from refusal


def _with_public(place: Any, statements: Iterable[str]) -> None:
    """The schema that every database is born with is there, as it was or as it mostly is."""
    if not place.rows(PUBLIC):
        for text in statements:
            with contextlib.suppress(Refused):
                place.run(text)


def furnish(session: Any, place: Any) -> None:
    """As the session has it: settings, and the roles that it speaks of."""
    place.roles = _roles.Roles(place, session.guests)
    _set_as(session, place)
    _remember_public(place)
    place.adapter.stand_in(place, session.stands_in_for)
    place.run("SET synchronous_commit = off")  # nobody misses what is lost of it with the server
    place.asked = {}


def empty(place: Any) -> None:
    """Where the schema that every database is born with belongs to another, all that is in it goes one by one, however much that is."""
    emptying = _emptying(place, FEW)
    for text in emptying:
        try:
            place.run(text)
        except Refused:
            if not text.startswith("DROP SCHEMA IF EXISTS public "):
                raise
            for one in _emptying(place, ALL):
                place.run(one)
    if place.roles is not None:
        place.roles.forget()
    for text in place.public_as_born if "DROP SCHEMA IF EXISTS public CASCADE" in emptying else ():
        with contextlib.suppress(Refused):
            place.run(text)


def _emptying(place: Any, few: int) -> list[str]:
    place.rows("SELECT pg_catalog.set_config('sqlx.few', %s, false)", str(few))
    return [text for (text,) in place.rows(EMPTYING)]


def _set_as(session: Any, place: Any) -> None:
    """What people have set for the database or the role holds in its scratch place: a time zone decides whether rows are written again."""
    for name, setting in session.rows("SELECT name, setting FROM pg_catalog.pg_settings WHERE context IN ('user', 'superuser') AND name <> 'role'"
                                      " AND source IN ('database', 'user', 'database user')"):
        with contextlib.suppress(ServerError):
            place.rows("SELECT pg_catalog.set_config(%s, %s, false)", name, setting)


def _remember_public(place: Any) -> None:
    """How this server makes the schema that every database is born with, to make it so again. Only some roles may give it to its owner."""
    ((owner, comment, as_it_is, rights),) = place.rows(PUBLIC)
    place.public_as_born = ("CREATE SCHEMA public", f"GRANT {rights} ON SCHEMA public TO PUBLIC",
                            f"COMMENT ON SCHEMA public IS {place.adapter.q.literal(comment)}",
                            f"ALTER SCHEMA public OWNER TO {place.adapter.q.name(owner)}")
    place.rows("SELECT pg_catalog.set_config('sqlx.public_owner', %s, false), pg_catalog.set_config('sqlx.public_rights', %s, false),"
               " pg_catalog.set_config('sqlx.public_as_born', %s, false)", owner, rights, as_it_is)
