"""Texts that a server prints otherwise once a table was changed are the texts that they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer import observer
from tests.product import done, plan_in
from tests.servers.databases import RealServer

TABLE = """CREATE TABLE t (id int PRIMARY KEY, c varchar(20) NOT NULL{more},
    CONSTRAINT t_some CHECK (c <> ''), CONSTRAINT t_big CHECK (upper(c) <> 'Q'), CONSTRAINT t_in CHECK (c IN ('a', 'b')),
    CONSTRAINT t_low CHECK (id > -(100))) CHARACTER SET {set};"""


@pytest.mark.parametrize("server", ["mysql-9.7", "mariadb-10.11"], indirect=True)
@pytest.mark.parametrize("set", ["latin1", "utf8mb3", "utf8mb4"])
def test_a_changed_table_is_as_one_that_was_made_so(set: str, server: RealServer, fresh_database: Callable[[RealServer], str],
                                                    tmp_path: Path) -> None:
    here, goal = observer(server, fresh_database(server)), tmp_path / "goal.sql"
    here.load(TABLE.format(more="", set=set) + "ALTER TABLE t ADD COLUMN d int;")
    goal.write_text(TABLE.format(more=", d int", set=set))
    done("plan:diff", "--target", here.url, "--desired", goal, "--out", tmp_path / "plan")
    assert plan_in(tmp_path / "plan").empty


@pytest.mark.parametrize("server", ["mysql-9.7", "mariadb-10.11"], indirect=True)
def test_a_table_gets_another_character_set_and_has_the_former_back(server: RealServer, fresh_database: Callable[[RealServer], str],
                                                                   tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    former, goal = tmp_path / "former.sql", tmp_path / "goal.sql"
    former.write_text(TABLE.format(more="", set="utf8mb3"))
    goal.write_text(TABLE.format(more="", set="utf8mb4"))
    here.load(former.read_text() + "INSERT INTO t VALUES (7, 'a'), (3, 'b');")
    rows = here.contents()
    for name in (goal, former):
        done("plan:diff", "--target", here.url, "--desired", name, "--out", tmp_path / name.stem)
        done("apply", tmp_path / name.stem, "--target", here.url, "--yes")
        done("plan:diff", "--target", here.url, "--desired", name, "--out", tmp_path / "again")
        assert plan_in(tmp_path / "again").empty
    done("rollback", tmp_path / former.stem, "--target", here.url, "--yes")
    assert [one.rows for one in here.contents().values()] == [one.rows for one in rows.values()]
