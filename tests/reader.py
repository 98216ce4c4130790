"""Accounts that may only look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pymysql

from tests.observer import Observer


@contextmanager
def reader(here: Observer, rights: str | None = None, more: str = "") -> Iterator[str]:
    """The URL of a user who may only look: at all tables and their rows, or with these rights to the database, "" for none; `more` is a
    statement about {user}."""
    server, name = here.server, here.url.rpartition("/")[2]
    place = f"127.0.0.1:{server.port}/{name}"
    if server.engine == "pg":
        user = f"reader_{name}"
        with psycopg.connect(here.url, autocommit=True) as session:
            session.execute(f"CREATE ROLE {user} LOGIN".encode())
            if rights is None:
                session.execute(f"GRANT pg_read_all_data TO {user}".encode())
            if more:
                session.execute(more.format(user=user).encode())
            try:
                yield f"postgresql://{user}@{place}"
            finally:
                session.execute(f"DROP OWNED BY {user}; DROP ROLE {user}".encode())
        return
    user = f"r_{name}"
    with pymysql.connect(host=server.host, port=server.port, user=server.user, autocommit=True) as link, link.cursor() as cursor:
        cursor.execute(f"CREATE USER {user}@'%'")
        cursor.execute(f"GRANT {rights or 'SELECT, SHOW VIEW'} ON `{name}`.* TO {user}@'%'")
        if more:
            cursor.execute(more.format(user=f"{user}@'%'"))
        try:
            yield f"mysql://{user}@{place}"
        finally:
            cursor.execute(f"DROP USER {user}@'%'")
