"""Who may make no databases tries things out in those that were made for it: called `_sqlx_place_...`, its own, and empty before and after."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.product import done, plan_in, sqlx
from tests.servers import servers
from tests.servers.databases import RealServer

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)]

MANY = "\n".join(f"CREATE TABLE t{number} (id integer PRIMARY KEY, a integer);" for number in range(30))
HELD = """SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"""


@dataclass(frozen=True)
class Tenant:
    """A role with a database and nothing else."""

    server: str
    url: str
    name: str = "tenant"

    def root(self, sql: str, database: str = "postgres") -> None:
        with psycopg.connect(self.elsewhere(database), autocommit=True) as session:
            session.execute(sql.encode())

    def elsewhere(self, database: str) -> str:
        return f"{self.server.rpartition('/')[0]}/{database}"


@pytest.fixture
def tenant(server: RealServer) -> Iterator[Tenant]:
    """On a server of its own: the places belong to the whole of it."""
    with servers.running("pg", server.version, f"places-{os.getpid()}") as own:
        here = Tenant(own.url, f"postgresql://tenant@{own.host}:{own.port}/tenant")
        here.root("CREATE ROLE tenant LOGIN")
        here.root("CREATE DATABASE tenant OWNER tenant TEMPLATE template0")
        yield here


def places() -> list[str]:
    return [f"_sqlx_place_{number}" for number in (1, 2, 3)]


@pytest.fixture
def given(tenant: Tenant) -> Tenant:
    for one in places():
        tenant.root(f"CREATE DATABASE {one} OWNER {tenant.name} TEMPLATE template0")
    return tenant


def test_nobody_is_left_without_advice(tenant: Tenant, tmp_path: Path, knowledge_folder: Path) -> None:
    (tmp_path / "desired.sql").write_text("CREATE TABLE t (id integer PRIMARY KEY);")
    outcome = sqlx("plan:diff", "--target", tenant.url, "--desired", tmp_path / "desired.sql")
    assert outcome.code == 1, outcome.said
    assert "CREATE DATABASE _sqlx_place_1 OWNER ... TEMPLATE template0" in " ".join(outcome.said.split())


def test_a_change_is_planned_and_made_there_and_back(given: Tenant, tmp_path: Path, knowledge_folder: Path) -> None:
    tenant, plan = given, tmp_path / "plan"
    (tmp_path / "base.sql").write_text(MANY)
    (tmp_path / "desired.sql").write_text(MANY.replace("a integer", "a bigint, b text NOT NULL DEFAULT 'x'", 2) + "CREATE SCHEMA app;"
                                          "CREATE VIEW app.v AS SELECT a FROM t3; CREATE INDEX i ON t4 (a);")
    for file in ("base", "desired"):
        done("plan:diff", "--target", tenant.url, "--desired", tmp_path / f"{file}.sql", "--out", plan / file)
        assert plan_in(plan / file).proof
        done("apply", plan / file, "--target", tenant.url, "--yes")
        assert "No changes" in done("plan:diff", "--target", tenant.url, "--desired", tmp_path / f"{file}.sql").said
    done("rollback", plan / "desired", "--target", tenant.url, "--yes")
    for one in places():
        with psycopg.connect(tenant.elsewhere(one)) as session:
            assert session.execute(HELD.encode()).fetchall() == [(0,)], one
            assert session.execute("SELECT count(*) FROM pg_namespace WHERE nspname IN ('public', 'app')").fetchall() == [(1,)], one


def test_a_place_of_somebody_else_is_left_alone(given: Tenant, tmp_path: Path, knowledge_folder: Path) -> None:
    given.root("ALTER DATABASE _sqlx_place_1 OWNER TO CURRENT_USER")
    given.root("CREATE TABLE kept (id integer)", "_sqlx_place_1")
    given.root(f"CREATE TABLE kept (id integer); ALTER TABLE kept OWNER TO {given.name}", given.name)
    (tmp_path / "desired.sql").write_text("CREATE TABLE kept (id integer); CREATE TABLE t (id integer);")
    outcome = sqlx("plan:diff", "--target", given.url, "--desired", tmp_path / "desired.sql")
    assert outcome.code == 0, outcome.said
    with psycopg.connect(given.elsewhere("_sqlx_place_1")) as session:
        assert session.execute(HELD.encode()).fetchall() == [(1,)]


def test_where_the_public_schema_is_anothers_only_what_was_made_goes(given: Tenant, tmp_path: Path, knowledge_folder: Path) -> None:
    """As it was for everybody before PostgreSQL 15. Rights on the whole server are nothing that was made there."""
    given.root("GRANT CREATE ON DATABASE postgres TO tenant")
    for one in places():
        given.root("ALTER SCHEMA public OWNER TO postgres; GRANT ALL ON SCHEMA public TO PUBLIC", one)
    (tmp_path / "desired.sql").write_text(MANY)
    done("plan:diff", "--target", given.url, "--desired", tmp_path / "desired.sql")
    for one in places():
        with psycopg.connect(given.elsewhere(one)) as session:
            assert session.execute(HELD.encode()).fetchall() == [(0,)], one
            assert session.execute("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'").fetchall() == [("postgres",)], one
            assert session.execute("SELECT has_database_privilege('tenant', 'postgres', 'CREATE')").fetchall() == [(True,)]
