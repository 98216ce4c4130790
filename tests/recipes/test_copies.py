"""When a copy of a table takes its place beside its writers, and which reason a plan gives where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.planning.choose import COPY
from tests.recipes.recipe import Planned, Recipe, planned
from tests.servers.databases import RealServer

pytestmark = pytest.mark.parametrize("server", ["mysql-9.7", "mariadb-10.11", "sqlite"], indirect=True)

TABLE = "CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a integer, b varchar(40){more}){after};"
ANOTHER_TYPE = ("a integer", "a decimal(20, 2)")


def asked(server: RealServer, folder: Path, base: str, desired: str, rows: int = 10_000_000) -> Planned:
    found = planned(Recipe("", "", base, desired, {}), server, folder, rows)
    assert found is not None
    return found


def test_a_small_table_is_changed_as_ever(server: RealServer, learned: None, tmp_path: Path) -> None:
    base = TABLE.format(more="", after="")
    found = asked(server, tmp_path, base, base.replace(*ANOTHER_TYPE), rows=200)
    assert COPY not in found.ways


def test_all_changes_of_a_table_share_one_copy(server: RealServer, learned: None, tmp_path: Path) -> None:
    base = TABLE.format(more=", c integer", after="") + "CREATE INDEX by_b ON t (b);"
    desired = TABLE.format(more=", d integer, CONSTRAINT k CHECK (a > 0)", after="").replace(*ANOTHER_TYPE) + "CREATE INDEX by_a ON t (a);"
    found = asked(server, tmp_path, base, desired)
    assert found.fits, found.over
    assert found.ways == [COPY]


CLOSED = {
    "a trigger": ("mysql", "", "CREATE TRIGGER heard BEFORE UPDATE ON t FOR EACH ROW SET NEW.b = 'x';", "its trigger heard"),
    "a key of another table": ("mysql", "", "CREATE TABLE c (t integer, CONSTRAINT c_t FOREIGN KEY (t) REFERENCES t (id));", "points at it"),
    "a key of its own": ("mysql", ", CONSTRAINT t_t FOREIGN KEY (a) REFERENCES t (id)", "", "points at it"),
    "a named check where names are the schema's": ("mysql-9.7", ", CONSTRAINT k CHECK (id > 0)", "", "Duplicate check constraint name"),
}


@pytest.mark.parametrize("what", CLOSED)
def test_what_would_not_go_over_closes_the_way(what: str, server: RealServer, learned: None, tmp_path: Path) -> None:
    where, more, after, says = CLOSED[what]
    base = TABLE.format(more=more, after="") + after
    if server.engine == "sqlite":
        pytest.skip("nothing that this server has, or that is in the way there")
    change = ("b varchar(40)", "b varchar(40) CHARACTER SET latin1")
    found = asked(server, tmp_path, base, base.replace(*change))
    if where == "mysql-9.7" and server.label != where:
        assert found.ways == [COPY]
        return
    assert found.plan is not None
    assert not found.fits
    told = found.against(COPY)
    assert told
    assert says in told[0]


def test_a_unique_key_that_goes_closes_the_way_of_a_file(server: RealServer, learned: None, tmp_path: Path) -> None:
    if server.engine != "sqlite":
        pytest.skip("nobody's REPLACE is overheard there")
    found = asked(server, tmp_path, TABLE.format(more=", CONSTRAINT once UNIQUE (b)", after=""), TABLE.format(more="", after=""))
    assert found.plan is not None
    assert not found.fits
    assert "OR REPLACE" in str(found.against(COPY))
