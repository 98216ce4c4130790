"""Ways beside writers, run on tables that others write to: nobody is refused and no row is lost, forward and back; and from wherever such a way
is cut off, one leads back to what was, and one on to what is desired. Small tables keep the plain way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kernel.core.plan import Plan
from kernel.flows import apply, rollback
from kernel.flows import plan as planning
from kernel.flows.execute import Executor
from tests.knowledge import ports
from tests.observer import observer
from tests.recipes.recipe import declared
from tests.servers.databases import RealServer

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)]

ROWS = 3_000


@dataclass(frozen=True)
class Story:
    """A change of the table `t`, and the `way` that is to be taken of it, or one of several. `writes` runs beside it again and again, with a new {n};
    each time it makes a row of `t`. `wrong` is a query for rows that must not be there afterwards."""

    base: str
    desired: str
    way: str
    writes: str
    wrong: str = "SELECT 1 WHERE false"
    rows: str = "INSERT INTO t SELECT g, g FROM generate_series(1, {rows}) AS g"


PLAIN = "CREATE TABLE t (id integer PRIMARY KEY, a integer)"
INSERT = "INSERT INTO t (id, a) VALUES ({n}, {n}); UPDATE t SET a = a + 1 WHERE id = {n} % 3000"
PARTS = """CREATE TABLE t (id integer NOT NULL, a integer) PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (MINVALUE) TO (2000);
CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (2000) TO (MAXVALUE) PARTITION BY RANGE (id);
CREATE TABLE t3 PARTITION OF t2 FOR VALUES FROM (2000) TO (MAXVALUE);"""
PEOPLE = "CREATE TABLE people (id integer PRIMARY KEY);"
MOOD = "CREATE TYPE mood AS ENUM ({}); CREATE TABLE t (id integer PRIMARY KEY, a mood NOT NULL DEFAULT 'ok', b mood[]);"
STORIES = {
    "an index of a table with partitions": Story(
        PARTS, PARTS + "CREATE INDEX k ON t (a)", "create_beside_writers", INSERT,
        "SELECT indexrelid FROM pg_index WHERE NOT indisvalid"),
    "a unique key of a table with partitions": Story(
        PARTS, PARTS + "ALTER TABLE t ADD CONSTRAINT k UNIQUE (id)", "add_beside_writers", INSERT,
        "SELECT indexrelid FROM pg_index WHERE NOT indisvalid"),
    "a primary key of a table with partitions": Story(
        PARTS, PARTS + "ALTER TABLE t ADD PRIMARY KEY (id)", "add_beside_writers", INSERT,
        "SELECT indexrelid FROM pg_index WHERE NOT indisvalid"),
    "a foreign key of a table with partitions": Story(
        PEOPLE + PARTS, PEOPLE + PARTS + "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES people", "add_then_validate or add_by_parts",
        "INSERT INTO people VALUES ({n}); " + INSERT, "SELECT 1 FROM pg_constraint WHERE NOT convalidated",
        "INSERT INTO people SELECT generate_series(1, {rows}); INSERT INTO t SELECT g, g FROM generate_series(1, {rows}) AS g"),
    "a unique key": Story(PLAIN, PLAIN + "; ALTER TABLE t ADD CONSTRAINT k UNIQUE (id, a)", "add_beside_writers", INSERT),
    "an index becomes another one": Story(
        PLAIN + "; CREATE INDEX k ON t (a)", PLAIN + "; CREATE INDEX k ON t (a, id); COMMENT ON INDEX k IS 'of both'",
        "replace_beside_writers", INSERT,
        "SELECT indexrelid FROM pg_index WHERE NOT indisvalid"),
    "a unique key becomes another one": Story(
        PLAIN + "; ALTER TABLE t ADD CONSTRAINT k UNIQUE (id, a)", PLAIN + "; ALTER TABLE t ADD CONSTRAINT k UNIQUE (a, id)",
        "replace_beside_writers", INSERT),
    "a primary key becomes another one": Story(
        "CREATE TABLE t (id integer NOT NULL, a integer NOT NULL, CONSTRAINT k PRIMARY KEY (id))",
        "CREATE TABLE t (id integer NOT NULL, a integer NOT NULL, CONSTRAINT k PRIMARY KEY (id, a))", "replace_beside_writers", INSERT),
    "a column that counts": Story(
        PLAIN, PLAIN + "; ALTER TABLE t ADD n bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 3)", "add_then_count", INSERT,
        "SELECT n FROM t GROUP BY n HAVING count(*) > 1 OR min(n) < 100 OR n IS NULL"),
    "a table becomes a partition": Story(
        "CREATE TABLE t (id integer NOT NULL, a integer)", "CREATE TABLE t (id integer NOT NULL, a integer) PARTITION BY RANGE (id);"
        " CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100000)", "turn_into_partition", INSERT, "SELECT 1 FROM ONLY t"),
    "another type under indexes that compute": Story(
        "CREATE TABLE t (id integer PRIMARY KEY, a varchar(20)); CREATE INDEX low ON t (lower(a)) WHERE a <> 'a'; CREATE INDEX pair ON t (a, id)",
        "CREATE TABLE t (id integer PRIMARY KEY, a varchar(40)); CREATE INDEX low ON t (lower(a)) WHERE a <> 'a'; CREATE INDEX pair ON t (a, id)",
        "retype_beside_writers", "INSERT INTO t (id, a) VALUES ({n}, '{n}'); UPDATE t SET a = a || 'x' WHERE id = {n} % 3000",
        "SELECT 1 FROM t WHERE a NOT LIKE id || '%'"),
    "both sides of a key": Story(
        PLAIN + "; CREATE TABLE c (id integer PRIMARY KEY, t integer REFERENCES t); INSERT INTO t VALUES (0, 0); INSERT INTO c VALUES (1, 0)",
        PLAIN.replace("id integer", "id bigint") + "; CREATE TABLE c (id integer PRIMARY KEY, t bigint REFERENCES t)", "retype_beside_writers",
        INSERT + "; INSERT INTO c VALUES ({n}, {n})", "SELECT 1 FROM c LEFT JOIN t ON t.id = c.t WHERE t.id IS NULL"),
    "nulls become the default of another type": Story(
        PLAIN, "CREATE TABLE t (id integer PRIMARY KEY, a bigint NOT NULL DEFAULT 7)", "copy_beside_writers", "INSERT INTO t (id) VALUES ({n})",
        rows="INSERT INTO t SELECT g, nullif(g % 2, 0) FROM generate_series(1, {rows}) AS g"),
    "a column that counts by a sequence gets wider": Story(
        "CREATE TABLE t (id serial PRIMARY KEY, a integer)", "CREATE TABLE t (id bigserial PRIMARY KEY, a integer)", "copy_beside_writers",
        "INSERT INTO t (a) VALUES ({n})", rows="INSERT INTO t (a) SELECT generate_series(1, {rows})"),
    "one value less of an enum": Story(
        MOOD.format("'ok', 'sad', 'glad'"), MOOD.format("'ok', 'sad'"), "take_place_beside_writers",
        "INSERT INTO t (id, a) VALUES ({n}, 'sad'); UPDATE t SET a = 'ok', b = '{{sad}}' WHERE id = {n} % 3000",
        "SELECT 1 FROM t WHERE id <= 3000 AND a <> 'ok'", "INSERT INTO t SELECT g, 'ok', '{{ok,sad}}' FROM generate_series(1, {rows}) AS g"),
}


class Ground:
    """One database with rows, and the plan for it."""

    def __init__(self, story: Story, server: RealServer, url: str, folder: Path) -> None:
        self.story, self.url, self.folder, self.written = story, url, folder / "plan", 0
        self.here = observer(server, url)
        self.here.load(story.base)
        self.here.load(story.rows.format(rows=ROWS))
        self.rows, self.base = self.count(), self.here.state()
        (folder / "desired.sql").write_text(story.desired)
        self.plan = self.planned(50_000_000, self.folder)

    def planned(self, rows: int, out: Path | None = None) -> Plan:
        with declared(self.url.partition(":")[0], rows):
            return planning.run(planning.Request(self.url, (self.folder.parent / "desired.sql",), out=out), ports()).plan

    def apply(self, *, resume: bool = False) -> None:
        apply.run(apply.Request(self.folder, self.url, yes=True, allow_data_loss=True, resume=resume), ports())

    def rollback(self) -> None:
        rollback.run(rollback.Request(self.folder, self.url, yes=True), ports())

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as session:
            return session.execute(sql.encode()).fetchall()

    def count(self) -> int:
        return int(self.ask("SELECT count(*) FROM t")[0][0])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Somebody writes all the while; what he is refused fails the test."""
        stop, refused = threading.Event(), list[Exception]()

        def work() -> None:
            with psycopg.connect(self.url, autocommit=True) as session:
                while not stop.is_set():
                    self.written += 1
                    try:
                        for one in self.story.writes.format(n=10_000 + self.written).split("; "):
                            session.execute(one.encode())
                    except psycopg.Error as error:
                        refused.append(error)
                    stop.wait(0.002)
        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        try:
            yield
        finally:
            stop.set()
            worker.join()
        assert refused == [], refused

    def is_whole(self, *, changed: bool) -> None:
        assert self.count() == self.rows + self.written
        assert not changed or self.ask(self.story.wrong) == []
        assert changed == (self.here.state() != self.base)


@pytest.fixture(params=STORIES)
def ground(request: pytest.FixtureRequest, server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> Ground:
    return Ground(STORIES[request.param], server, fresh_database(server), tmp_path)


class Cut(Exception):
    """What happens to sqlx when it is least expected."""


@contextmanager
def cut_after(number: int) -> Iterator[list[str]]:
    """The connection ends after so many statements; which they were."""
    run, seen = Executor._run, list[str]()

    def counted(self: Executor, at: int, strategy: Any, step: Any = None) -> None:
        run(self, at, strategy, step)
        seen.append((*strategy.statements, *strategy.sweep)[at])
        if len(seen) == number:
            raise Cut
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Executor, "_run", counted)
        yield seen


def test_nobody_is_refused_and_nothing_is_lost(ground: Ground) -> None:
    ways = set(ground.story.way.split(" or "))
    assert ways & {step.strategy.name for step in ground.plan.steps}
    assert not ways & {step.strategy.name for step in ground.planned(200).steps}, "few rows want no long way"
    with ground.writing():
        ground.apply()
    ground.is_whole(changed=True)
    assert ground.planned(200).empty
    with ground.writing():
        ground.rollback()
    ground.is_whole(changed=False)


def test_from_wherever_it_is_cut_off_there_are_ways(ground: Ground) -> None:
    number = 0
    while True:
        number += 1
        with ground.writing():
            try:
                with cut_after(number) as seen:
                    ground.apply()
            except Cut:
                ground.rollback()
            else:
                break
        ground.is_whole(changed=False)
    assert len(seen) == number - 1
    ground.rollback()
    for number in range(1, len(seen) + 1):
        with cut_after(number), pytest.raises(Cut):
            ground.apply()
        if "CREATE" in (last := seen[number - 1]) and " INDEX CONCURRENTLY " in last:  # it was cut off while it built
            name = last.split(" ON ")[0].split()[-1]
            assert ground.ask(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{name}'::regclass RETURNING 1")
        ground.apply(resume=True)
        ground.is_whole(changed=True)
        ground.rollback()
        ground.is_whole(changed=False)


def test_what_went_in_a_moment_comes_back_beside_writers(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str],
                                                         tmp_path: Path) -> None:
    """An index goes in a transaction, and is built again in none."""
    story = Story(PLAIN + "; CREATE INDEX k ON t (a)", PLAIN, "drop_by_name", INSERT)
    ground = Ground(story, server, fresh_database(server), tmp_path)
    (step,) = ground.plan.steps
    assert step.transactional
    assert not step.goes_back_at_once
    ground.apply()
    with ground.writing():
        ground.rollback()
    ground.is_whole(changed=False)
