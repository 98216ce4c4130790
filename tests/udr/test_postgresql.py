"""What the adapter tells of real servers of this family."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import psycopg
import pytest

from kernel.udr.adapters.postgresql import ADAPTER
from tests.knowledge import ports
from tests.servers.databases import RealServer
from tests.servers.run import LABELS

pytestmark = pytest.mark.parametrize("server", [label for label in LABELS if label.startswith("pg")], indirect=True)


def test_sizes_are_what_the_statistics_say_for_as_many_pages_as_there_are(server: RealServer, fresh_database: Callable[[RealServer], str]) -> None:
    url = fresh_database(server)
    edges = ports()
    with psycopg.connect(url, autocommit=True) as writer:
        writer.execute("""
            CREATE TABLE t (id integer); CREATE TABLE uncounted (id integer); CREATE TABLE p (id integer) PARTITION BY RANGE (id);
            CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (9000);
            INSERT INTO t SELECT generate_series(1, 5000); INSERT INTO p SELECT generate_series(1, 5000); ANALYZE t, p1, p2;
            INSERT INTO t SELECT generate_series(1, 5000); INSERT INTO uncounted SELECT generate_series(1, 5000)""")
        with edges.open(edges.target(url)) as session:
            sizes = {id.name: size for id, size in ADAPTER.sizes(session).items()}
    assert 9_500 <= sizes["t"].rows <= 10_500
    assert sizes["p"].rows == 5000
    assert sizes["uncounted"].rows == -1
    assert sizes["uncounted"].bytes >= 5000 * 32


def test_a_scratch_place_that_follows_another_database_goes(server: RealServer) -> None:
    edges, name = ports(), f"follows_{secrets.token_hex(4)}"
    with edges.open(edges.target(server.url)) as session:
        with ADAPTER.scratch(session, name) as place:
            place.run("CREATE SUBSCRIPTION s CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)")
        assert session.rows("SELECT datname FROM pg_database WHERE datname LIKE %s", f"%{name}") == []


@pytest.mark.parametrize("forgets", ["DISCARD ALL", "DEALLOCATE ALL", "deallocate _sqlx_1"])
def test_what_is_asked_again_is_answered_as_it_is_now(server: RealServer, forgets: str) -> None:
    """Queries that come again are prepared, and people's scripts may take that away."""
    edges, query = ports(), "SELECT relname FROM pg_catalog.pg_class WHERE relname IN ('t', 'u') ORDER BY 1"
    with edges.open(edges.target(server.url)) as session, ADAPTER.scratch(session, f"asks_{secrets.token_hex(4)}") as place:
        assert [place.rows(query) for _ in range(3)] == [[]] * 3
        place.run("CREATE TABLE t (a integer)")
        assert place.rows(query) == [("t",)]
        place.run(forgets)
        place.run("CREATE TABLE u (a integer)")
        assert [place.rows(query) for _ in range(3)] == [[("t",), ("u",)]] * 3
