"""What a database holds and sqlx does not read is named in every plan; with --strict-coverage it is an error."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.observer import observer
from tests.product import done, plan_in, sqlx
from tests.servers.databases import RealServer

BY_FUNCTIONS = """
    CREATE TYPE other;
    CREATE FUNCTION reads(cstring) RETURNS other LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
    CREATE FUNCTION writes(other) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
    CREATE TYPE other (INPUT = reads, OUTPUT = writes, LIKE = integer);"""
SPREAD = """
    CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TABLE whole (a int) PARTITION BY LIST (a);
    CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
    CREATE TRIGGER rings AFTER INSERT ON whole FOR EACH ROW EXECUTE FUNCTION noted();"""
COUNTED = "CREATE TABLE counted (a int GENERATED ALWAYS AS IDENTITY);"
HELD = {
    "a trigger of a partition that is off": (f"{SPREAD} ALTER TABLE part DISABLE TRIGGER rings;", "public.part.rings"),
    "a type by functions of its own": (BY_FUNCTIONS, "public.other"),
    "a type that is but a name": ("CREATE TYPE other;", "public.other"),
    "an access method": ("CREATE ACCESS METHOD other TYPE INDEX HANDLER bthandler;", "other"),
    "a comment on the sequence of a column": (f"{COUNTED} COMMENT ON SEQUENCE counted_a_seq IS 'said';", "public.counted_a_seq"),
    "a comment on the type of rows": ("CREATE TABLE rows (a int); COMMENT ON TYPE rows IS 'said';", "public.rows"),
    "a conversion": ("CREATE CONVERSION other FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;", "public.other"),
}


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
@pytest.mark.parametrize("what", HELD)
def test_it_is_named(what: str, server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here, (script, name) = observer(server, fresh_database(server)), HELD[what]
    here.load(f"{script} CREATE TABLE plain (a int);")
    done("snapshot:pull", "--target", here.url, "--out", tmp_path / "goal")
    asked = ("plan:diff", "--target", here.url, "--desired", tmp_path / "goal", "--out")
    done(*asked, tmp_path / "plan")
    assert name in [one.where.partition(":")[2] for one in plan_in(tmp_path / "plan").findings if one.rule == "unmodelled"]
    strict = sqlx(*asked, tmp_path / "strict", "--strict-coverage")
    assert [one.severity for one in plan_in(tmp_path / "strict").findings if one.rule == "unmodelled"] == ["error"], strict.said


@pytest.fixture
def tablespace(server: RealServer) -> Iterator[str]:
    """A tablespace of the whole server, in a place below its data."""
    name = f"apart_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server.url, autocommit=True) as link:
        link.execute("SET allow_in_place_tablespaces = on")
        link.execute(f"CREATE TABLESPACE {name} LOCATION ''".encode())
        yield name
        link.execute(f"DROP TABLESPACE {name}".encode())


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
def test_where_an_index_lies_is_named(tablespace: str, server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    here.load(f"CREATE TABLE t (a int, b int UNIQUE USING INDEX TABLESPACE {tablespace}); CREATE INDEX t_a ON t (a) TABLESPACE {tablespace};")
    done("snapshot:pull", "--target", here.url, "--out", tmp_path / "goal")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "goal", "--out", tmp_path / "plan")
    named = {one.where for one in plan_in(tmp_path / "plan").findings if one.rule == "unmodelled"}
    here.load("DROP TABLE t")
    assert named == {"index_in_a_tablespace:public.t_a", "index_in_a_tablespace:public.t_b_key"}


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
def test_what_is_read_is_not(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    here.load(f"{SPREAD} CREATE TYPE kind AS ENUM ('a'); CREATE DOMAIN word AS text; CREATE TYPE pair AS (a int, b text[]);"
              " CREATE TYPE stretch AS RANGE (SUBTYPE = float8);"
              " CREATE TABLE of_kinds (a kind[], b word, c pair[], d stretch); CREATE VIEW them AS SELECT * FROM of_kinds;"
              " CREATE TABLE counted (a int GENERATED ALWAYS AS IDENTITY, b serial);"
              " CREATE UNLOGGED TABLE fast (a int GENERATED ALWAYS AS IDENTITY);")
    done("snapshot:pull", "--target", here.url, "--out", tmp_path / "goal")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "goal", "--out", tmp_path / "plan")
    assert not [one for one in plan_in(tmp_path / "plan").findings if one.rule == "unmodelled"]


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
@pytest.mark.parametrize("module", ["fts4", "fts5", "rtree"])
def test_what_a_virtual_table_keeps_its_rows_in_is_part_of_it(
        module: str, server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    here.load(f"CREATE VIRTUAL TABLE sought USING {module} (a, b, c); INSERT INTO sought VALUES (1, 2, 3); CREATE TABLE sought_of_old (a int);")
    kept = {name: rows for name, rows in here.contents().items() if name != "sought_of_old"}
    (tmp_path / "goal.sql").write_text(f"CREATE TABLE plain (a int); CREATE VIRTUAL TABLE other USING {module} (a, b, c);", encoding="utf-8")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "goal.sql", "--out", tmp_path / "plan")
    plan = plan_in(tmp_path / "plan")
    assert {one.where for one in plan.findings if one.rule == "unmodelled"} == {"virtual_table:sought", "virtual_table:other"}
    assert {id.path[1] for step in plan.steps for id in (step.before.keys() | step.after.keys()) if id.kind == "table"} == {"plain", "sought_of_old"}
    done("apply", tmp_path / "plan", "--target", here.url, "--yes", "--allow-data-loss")
    assert {name: rows for name, rows in here.contents().items() if name != "plain"} == kept
