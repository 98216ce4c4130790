"""Roles belong to the whole server: a plan makes those that the desired state makes, and planning leaves none behind and changes none."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from kernel.core.address import Address
from kernel.udr.adapters import postgresql
from tests.observer import observer
from tests.product import done, plan_in, sqlx
from tests.servers.databases import RealServer

Fresh = Callable[[RealServer], str]
Find = Callable[[str], RealServer]

SCRIPT = """
CREATE ROLE {role} LOGIN CONNECTION LIMIT 3;
ALTER ROLE {role} SET statement_timeout = '7s';
GRANT pg_monitor TO {role};
CREATE SCHEMA app;
ALTER SCHEMA app OWNER TO {role};
CREATE TABLE app.docs (id integer PRIMARY KEY);
ALTER TABLE app.docs OWNER TO {role};
ALTER TABLE app.docs ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.docs TO {role} USING (true);
"""


def asked(url: str, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as link:
        found = link.execute(text.encode())
        return found.fetchall() if found.description else []


def address(url: str) -> Address:
    parts = psycopg.conninfo.conninfo_to_dict(url)
    return Address("postgresql", str(parts["host"]), int(str(parts["port"])), str(parts["user"]), str(parts["dbname"]))


def roles(url: str) -> set[object]:
    return {name for (name,) in asked(url, "SELECT rolname FROM pg_roles")}


@pytest.fixture
def role(real_server: Find) -> Iterator[str]:
    """The name of a role that nobody has, and that nobody has afterwards."""
    name = f"app_{secrets.token_hex(4)}"
    yield name
    for label in ("pg-15", "pg-18"):
        with contextlib.suppress(pytest.skip.Exception):
            for text in (f"DROP OWNED BY {name}", f"DROP ROLE {name}"):
                with contextlib.suppress(psycopg.Error):
                    asked(real_server(label).url, text)


@pytest.fixture(params=["on the same server", "elsewhere"])
def twin(request: pytest.FixtureRequest, real_server: Find, fresh_database: Fresh) -> str:
    return "same" if request.param == "on the same server" else fresh_database(real_server("pg-15"))


def test_a_role_comes_with_what_belongs_to_it_and_goes_again(real_server: Find, fresh_database: Fresh, role: str, twin: str, tmp_path: Path) -> None:
    server = real_server("pg-18")
    url, desired = fresh_database(server), tmp_path / "desired.sql"
    here = observer(server, url)
    before = here.state()
    desired.write_text(SCRIPT.format(role=role))
    done("plan:diff", "--target", url, "--desired", desired, "--twin", twin, "--out", tmp_path / "plan")
    assert role not in roles(url)
    done("apply", tmp_path / "plan", "--target", url, "--yes")
    assert asked(url, f"SELECT rolcanlogin, rolconnlimit, rolconfig FROM pg_roles WHERE rolname = '{role}'") == [(True, 3, ["statement_timeout=7s"])]
    assert asked(url, f"SELECT pg_has_role('{role}', 'pg_monitor', 'MEMBER'), tableowner FROM pg_tables WHERE schemaname = 'app'") == [(True, role)]
    done("plan:diff", "--target", url, "--desired", desired, "--twin", twin, "--out", tmp_path / "again")
    assert plan_in(tmp_path / "again").empty
    done("rollback", tmp_path / "plan", "--target", url, "--yes")
    assert here.state() == before
    assert role not in roles(url)
    if twin != "same":
        assert role not in roles(twin)


def test_a_role_is_declared_in_yaml_and_changes(real_server: Find, fresh_database: Fresh, role: str, tmp_path: Path) -> None:
    server, other = real_server("pg-18"), fresh_database(real_server("pg-15"))
    url, desired = fresh_database(server), tmp_path / "role.yaml"

    def attributes() -> list[tuple[object, ...]]:
        return asked(url, f"SELECT rolcanlogin, rolinherit, rolconnlimit, rolconfig, shobj_description(oid, 'pg_authid') FROM pg_roles"
                          f" WHERE rolname = '{role}'")
    stages = (("login: true\ncomment: the web shop\n", [(True, True, -1, None, "the web shop")]),
              ("inherit: false\nconnection_limit: 5\nsettings: [\"search_path TO app, public\"]\n",
               [(False, False, 5, ["search_path=app, public"], None)]))
    for number, (says, expected) in enumerate(stages):
        desired.write_text(f"role: {role}\n{says}")
        done("plan:diff", "--target", url, "--desired", desired, "--twin", other, "--out", tmp_path / str(number))
        done("apply", tmp_path / str(number), "--target", url, "--yes")
        assert attributes() == expected
    done("rollback", tmp_path / "1", "--target", url, "--yes")
    assert attributes() == stages[0][1]
    done("rollback", tmp_path / "0", "--target", url, "--yes")
    assert attributes() == []


@pytest.mark.parametrize("said", [
    "ALTER ROLE {role} NOLOGIN", "alter /* it */ user {role} -- so\n SUPERUSER", 'ALTER GROUP "{role}" ADD USER postgres',
    "ALTER ROLE CURRENT_USER SUPERUSER", "GRANT pg_monitor TO {role}", "GRANT pg_read_all_data, pg_monitor TO {role} WITH ADMIN OPTION",
    "REVOKE pg_signal_backend FROM {role}",
    "COMMENT ON ROLE {role} IS 'x'", "DROP ROLE {role}", "DROP ROLE IF EXISTS nobody, {role}", "CREATE ROLE {role} SUPERUSER"])
def test_roles_that_are_there_stay_as_they_are_while_a_script_is_tried(said: str, real_server: Find, fresh_database: Fresh, role: str,
                                                                       tmp_path: Path) -> None:
    """A pull request brings the file, and a plan tries it out where the data is."""
    url = fresh_database(real_server("pg-18"))
    for text in (f"CREATE ROLE {role} LOGIN", f"GRANT pg_signal_backend TO {role}"):
        asked(url, text)
    (tmp_path / "desired.sql").write_text(said.format(role=role))
    outcome = sqlx("plan:diff", "--target", url, "--desired", tmp_path / "desired.sql", "--twin", "same")
    assert "statement about the role" in outcome.said
    assert asked(url, "SELECT rolcanlogin, rolsuper, ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = r.oid),"
                      " ARRAY(SELECT pg_get_userbyid(member)::text FROM pg_auth_members WHERE roleid = r.oid), shobj_description(oid, 'pg_authid')"
                      f" FROM pg_roles AS r WHERE rolname = '{role}'") == [(True, False, ["pg_signal_backend"], [], None)]


def test_a_role_that_somebody_made_meanwhile_makes_the_plan_stale(real_server: Find, fresh_database: Fresh, role: str, tmp_path: Path) -> None:
    url = fresh_database(real_server("pg-18"))
    (tmp_path / "desired.sql").write_text(SCRIPT.format(role=role))
    done("plan:diff", "--target", url, "--desired", tmp_path / "desired.sql", "--twin", "same", "--out", tmp_path / "plan")
    asked(url, f"CREATE ROLE {role}")
    outcome = sqlx("apply", tmp_path / "plan", "--target", url, "--yes")
    assert outcome.code == 5
    assert f"role:{role}" in outcome.said
    assert asked(url, "SELECT 1 FROM pg_namespace WHERE nspname = 'app'") == []


def test_a_role_that_somebody_makes_meanwhile_is_left_alone(real_server: Find, fresh_database: Fresh, role: str) -> None:
    adapter, url = postgresql.PostgreSQLAdapter(), fresh_database(real_server("pg-18"))
    with contextlib.closing(adapter.connect(address(url))) as session, adapter.scratch(session, f"1_{secrets.token_hex(4)}") as place:
        asked(url, f"CREATE ROLE {role}")
        place.run(f'CREATE TABLE "user" ({role} integer); COMMENT ON TABLE "user" IS $$CREATE USER x_{role}$$')
        place.run(f"DO $$ BEGIN CREATE ROLE made_{role}; END $$")
        assert f"made_{role}" in roles(url)
    assert role in roles(url)
    assert f"made_{role}" not in roles(url)


def test_a_sweep_takes_the_roles_of_a_dead_process_along(real_server: Find, fresh_database: Fresh, role: str,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, url = postgresql.PostgreSQLAdapter(), fresh_database(real_server("pg-18"))
    with contextlib.closing(adapter.connect(address(url))) as session, monkeypatch.context() as dead:
        dead.setattr(adapter, "_drop", lambda session, database: None)
        with adapter.scratch(session, f"1_{secrets.token_hex(4)}") as place:
            place.run(f"CREATE ROLE {role}")
        assert role in roles(url)
        dead.undo()
        dead.setattr(postgresql, "_age", lambda name: 61)
        adapter.sweep(session)
    assert role not in roles(url)
