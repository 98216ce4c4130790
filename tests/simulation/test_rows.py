"""Rows for a twin: in every table, with every key and condition kept, shaped like the live ones, and many of them fast."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kernel.core.node import Catalog, NodeId
from kernel.core.statistics import ColumnStatistics, TableStatistics
from kernel.flows.learn import knowledge
from kernel.planning.introspect import introspect
from kernel.planning.rows import fill, scaled
from kernel.planning.values import decimals, mined, values_of, words
from tests.knowledge import ports
from tests.observer import observer
from tests.product import done
from tests.servers.databases import RealServer

TABLES = """
CREATE TABLE makers (id bigint NOT NULL PRIMARY KEY, code char(3) NOT NULL UNIQUE, name varchar(30) NOT NULL, since date);
CREATE TABLE cars (id bigint NOT NULL PRIMARY KEY, maker bigint NOT NULL, state varchar(10) NOT NULL, doors smallint, price decimal(8, 2) NOT NULL,
                   built date NOT NULL, sold date, parent bigint, seen timestamp, rate decimal(2, 2), flag boolean,
                   CONSTRAINT c1 CHECK (state IN ('new', 'used', 'gone')), CONSTRAINT c2 CHECK (doors >= 2 AND doors <= 5),
                   CONSTRAINT c3 CHECK (price > 500), CONSTRAINT c4 CHECK (sold > built),
                   CONSTRAINT f1 FOREIGN KEY (maker) REFERENCES makers (id), CONSTRAINT f2 FOREIGN KEY (parent) REFERENCES cars (id));
CREATE TABLE owners (car bigint NOT NULL, maker bigint NOT NULL, number smallint NOT NULL, PRIMARY KEY (car, maker),
                     CONSTRAINT f3 FOREIGN KEY (car) REFERENCES cars (id), CONSTRAINT f4 FOREIGN KEY (maker) REFERENCES makers (id));
CREATE TABLE flags (on_or_off smallint NOT NULL PRIMARY KEY, CONSTRAINT c5 CHECK (on_or_off IN (0, 1)));
"""


@contextmanager
def read(url: str) -> Iterator[tuple[Any, Catalog]]:
    """A session, and what its database holds."""
    edges = ports()
    with edges.open(edges.target(url)) as session, knowledge(session, edges) as known:
        yield session, introspect(session, known.kinds).catalog


def one(catalog: Catalog, name: str) -> NodeId:
    return next(table.id for table in catalog.of("table") if table.name == name)


def by_name(counts: Mapping[NodeId, int]) -> dict[str, int]:
    return {id.name: count for id, count in counts.items()}


def test_every_table_gets_rows_that_its_keys_and_conditions_allow(server: RealServer, learned: None,
                                                                  fresh_database: Callable[[RealServer], str]) -> None:
    url = fresh_database(server)
    observer(server, url).load(TABLES)
    with read(url) as (session, catalog):
        counts = by_name(fill(session, catalog, 300))
        rows = {name: session.rows(f"SELECT count(*) FROM {name}")[0][0] for name in counts}
        states = session.rows("SELECT count(DISTINCT maker) FROM cars")[0][0]
    assert counts == rows
    assert (counts["makers"], counts["cars"], counts["owners"]) == (300, 300, 300)
    assert counts["flags"] >= 1, "a key of two values has room for as many rows"
    assert states > 100


def test_rows_stand_what_the_plan_will_ask_of_them(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str],
                                                   tmp_path: Path) -> None:
    url = fresh_database(server)
    observer(server, url).load("CREATE TABLE makers (id bigint NOT NULL PRIMARY KEY);"
                               "CREATE TABLE cars (id bigint NOT NULL PRIMARY KEY, maker bigint, code integer, doors integer)")
    (tmp_path / "desired.sql").write_text(
        "CREATE TABLE makers (id bigint NOT NULL PRIMARY KEY);"
        "CREATE TABLE cars (id bigint NOT NULL PRIMARY KEY, maker bigint NOT NULL, code integer, doors integer, CONSTRAINT u UNIQUE (code),"
        " CONSTRAINT c CHECK (doors > 20), CONSTRAINT f FOREIGN KEY (maker) REFERENCES makers (id))")
    done("plan:diff", "--target", url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    assert "every row kept" in done("simulate", tmp_path / "plan", "--twin", "same", "--rows", "100").out


def test_rows_are_shaped_by_statistics(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str]) -> None:
    url = fresh_database(server)
    observer(server, url).load("CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, few varchar(20), half integer, many varchar(60))")
    with read(url) as (session, catalog):
        id = one(catalog, "t")
        known = TableStatistics(1_000_000, -1, {"few": ColumnStatistics(4, 0, 5), "half": ColumnStatistics(1000, 500_000),
                                                "many": ColumnStatistics(1_000_000, 0, 40)})
        assert fill(session, catalog, 2000, {id: known})[id] == 2000
        ((few, half, many, wide),) = session.rows("SELECT count(DISTINCT few), count(half), count(DISTINCT many), avg(length(many)) FROM t")
    assert (few, many) == (4, 2000)
    assert 900 < half < 1100
    assert 36 < float(wide) < 44


def test_a_server_tells_of_its_rows(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str]) -> None:
    url = fresh_database(server)
    observer(server, url).load("CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, few integer); CREATE INDEX i ON t (few)")
    with read(url) as (session, catalog):
        id = one(catalog, "t")
        fill(session, catalog, 3000, {id: TableStatistics(3000, -1, {"few": ColumnStatistics(7, 0)})})
        session.rows("ANALYZE TABLE t") if server.engine in ("mysql", "mariadb") else session.run("ANALYZE")
        told = session.adapter.statistics(session, [id])[id]
    assert 2000 < told.rows < 4000
    assert 7 <= told.columns["few"].distinct <= 20, "an estimate, and not everywhere a good one"
    assert 2000 < told.columns["id"].distinct < 4000


def test_a_hundred_thousand_rows_take_seconds(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str]) -> None:
    url = fresh_database(server)
    observer(server, url).load("CREATE TABLE t (id bigint NOT NULL PRIMARY KEY, name varchar(60), born date, price decimal(8, 2), state integer)")
    with read(url) as (session, catalog):
        before = resource.getrusage(resource.RUSAGE_SELF)
        assert fill(session, catalog, 100_000)[one(catalog, "t")] == 100_000
        after = resource.getrusage(resource.RUSAGE_SELF)
        assert session.rows("SELECT count(*) FROM t") == [(100_000,)]
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10


def test_sizes_are_in_proportion() -> None:
    big, small, new = (NodeId("table", ("", name)) for name in ("big", "small", "new"))
    known = {big: TableStatistics(5_000_000), small: TableStatistics(1_000_000)}
    assert scaled(known, [big, small, new]) == {big: 10_000, small: 2_000, new: 50}
    assert scaled({big: TableStatistics(700)}, [big]) == {big: 700}


TYPES = ["bigint", "varchar(5)", "character varying(40)", "numeric(6,2)", "decimal(3,3)", "date", "timestamp with time zone", "uuid", "jsonb",
         "int unsigned", "char(2)", "double precision", "inet", "integer[]", "int4range", "time(6)", "bytea"]


@pytest.mark.parametrize("type", TYPES)
def test_values_are_all_different(type: str) -> None:
    series = values_of(type)
    assert series is not None
    count = min(series.count, 5000)
    assert len({series[number] for number in range(count)}) == count


def test_values_fit() -> None:
    assert all(len(str(words(3)[number])) <= 3 for number in range(words(3).count))
    assert all(float(str(decimals(4, 2)[number])) < 100 for number in range(decimals(4, 2).count))
    assert values_of("public.mood", {"public.mood": ("sad", "glad")})[1] == "glad"  # type: ignore[index]
    assert [values_of("enum('a','it''s')")[number] for number in range(2)] == ["a", "it's"]  # type: ignore[index]


def test_a_condition_tells_what_it_allows() -> None:
    found = [series[0] for series in mined("price > 500 AND state IN ('new', 'used')", values_of("integer"))]
    assert {"new", "used", 501, 500, 499} <= set(found)
