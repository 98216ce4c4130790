"""What a database holds and sqlx does not read is named in every plan; with --strict-coverage it is an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer import observer
from tests.product import done, plan_in, sqlx
from tests.servers.databases import RealServer

SPREAD = """
    CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TABLE whole (a int) PARTITION BY LIST (a);
    CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
    CREATE TRIGGER rings AFTER INSERT ON whole FOR EACH ROW EXECUTE FUNCTION noted();"""
HELD = {
    "a trigger of a partition that is off": (f"{SPREAD} ALTER TABLE part DISABLE TRIGGER rings;", "public.part.rings"),
    "an access method": ("CREATE ACCESS METHOD other TYPE INDEX HANDLER bthandler;", "other"),
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


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
def test_what_is_read_is_not(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    here.load(f"{SPREAD} CREATE TABLE counted (a int GENERATED ALWAYS AS IDENTITY, b serial);"
              " CREATE UNLOGGED TABLE fast (a int GENERATED ALWAYS AS IDENTITY);")
    done("snapshot:pull", "--target", here.url, "--out", tmp_path / "goal")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "goal", "--out", tmp_path / "plan")
    assert not [one for one in plan_in(tmp_path / "plan").findings if one.rule == "unmodelled"]
