"""Rows that a plan would stumble over stand in its findings, by their keys. What is classified is hidden: plans are read by many people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.flows import plan as planning
from tests.knowledge import ports
from tests.observer import observer
from tests.product import done, plan_in, sqlx
from tests.recipes.recipe import declared
from tests.servers.databases import RealServer

MADE = """
    CREATE TABLE owners (id bigint NOT NULL PRIMARY KEY);
    CREATE TABLE pets (id bigint NOT NULL, part bigint NOT NULL, owner_id bigint, name varchar(40), PRIMARY KEY (id, part));
    INSERT INTO owners VALUES (1);
    INSERT INTO pets VALUES (1, 1, 1, 'Rex'), (2, 1, 7, 'Tom'), (2, 2, NULL, NULL), (3, 1, 1, 'Rex');
"""
OWNERS = "table: owners\ncolumns: {id: {type: bigint, nullable: false}}\nprimary_key: [id]\n---\n"
PETS = "table: pets\ncolumns:\n  id: {type: bigint, nullable: false}\n  part: {type: bigint, nullable: false}\n"
PLAIN = "  owner_id: bigint\n  name: string(40)\nprimary_key: [id, part]\n"
CHANGES = {
    "a key over orphans": (PLAIN + "foreign_keys: {pets_owner: {columns: [owner_id], table: owners, references: [id]}}\n",
                           "1 row would make", ": (id, part) = (2, 1)"),
    "a unique key over duplicates": (PLAIN + "unique: {pets_name: [name]}\n", "1 row would make", ": name = Rex"),
    "the same, of what is classified": (PLAIN.replace("name: string(40)", "name: {type: string(40), classification: user.name}")
                                        + "unique: {pets_name: [name]}\n", "1 row would make", ": name = ***"),
    "no more nulls": (PLAIN.replace("name: string(40)", "name: {type: string(40), nullable: false}"), "1 row would make", ": (id, part) = (2, 2)"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_rows_in_the_way(change: str, server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    here.load(MADE)
    desired, counted, told = CHANGES[change]
    (tmp_path / "desired.yaml").write_text(OWNERS + PETS + desired)
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.yaml", "--out", tmp_path / "plan")
    (finding,) = [one for one in plan_in(tmp_path / "plan").findings if one.rule == "rows-refuse"]
    assert finding.says.startswith(counted)
    assert finding.says.endswith(f"fail{told}")


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
def test_rows_for_which_a_new_column_has_no_value_are_looked_for_as_they_are(
        server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here = observer(server, fresh_database(server))
    here.load("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);")
    (tmp_path / "desired.sql").write_text("CREATE TABLE t (id int PRIMARY KEY, a int, word text NOT NULL);")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    (finding,) = [one for one in plan_in(tmp_path / "plan").findings if one.rule == "rows-refuse"]
    assert '"a"' in finding.remedy
    assert '"word"' not in finding.remedy


NUMBERS = (("bigint", "smallint", "-32769", "32767"), ("integer", "smallint", "32768", "-32768"),
           ("decimal(8,2)", "decimal(5,2)", "1000", "-999.99"), ("decimal(8,3)", "decimal(5,2)", "999.995", "-999.994"),
           ("decimal(8,3)", "smallint", "32767.5", "-32768.4"), ("double precision", "integer", "2147483648", "-2147483648"))


@pytest.mark.parametrize(("old", "new", "beyond", "fits"), NUMBERS)
def test_numbers_in_the_way(old: str, new: str, beyond: str, fits: str, server: RealServer, learned: None,
                            fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    if server.label == "sqlite":
        pytest.skip("a column there holds any number")
    here = observer(server, fresh_database(server))
    here.load(f"CREATE TABLE t (id int PRIMARY KEY, n {old}); INSERT INTO t VALUES (1, NULL), (2, {fits}), (3, {beyond}), (4, 0);")
    (tmp_path / "desired.sql").write_text(f"CREATE TABLE t (id int PRIMARY KEY, n {new});")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    (finding,) = [one for one in plan_in(tmp_path / "plan").findings if one.rule == "rows-refuse"]
    assert finding.says.startswith("1 row would make")
    assert finding.says.endswith("fail: id = 3")
    here.load("UPDATE t SET n = 7 WHERE id = 3;")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    done("apply", tmp_path / "plan", "--target", here.url, "--yes", "--allow-data-loss")


CASTS = {"a number": ("bigint", "x7"), "a moment": ("date", "2026-02-30"), "a truth": ("boolean", "perhaps"), "a name": ("uuid", "17"),
         "a document": ("jsonb", "{"), "a word of an enum": ("kind", "Register ")}


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
@pytest.mark.parametrize("what", CASTS)
def test_texts_in_the_way(what: str, server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    """Of many servers, only a trial tells: how many there are is not known then."""
    here, (new, beyond) = observer(server, fresh_database(server)), CASTS[what]
    here.load(f"CREATE TABLE t (id int PRIMARY KEY, n varchar(20)); CREATE INDEX t_n ON t (n); INSERT INTO t VALUES (1, NULL), (3, '{beyond}');")
    enum = "CREATE TYPE kind AS ENUM ('Register', 'Sign In');" if new == "kind" else ""
    (tmp_path / "desired.sql").write_text(f"{enum} CREATE TABLE t (id int PRIMARY KEY, n {new});")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    (finding,) = [one for one in plan_in(tmp_path / "plan").findings if one.rule == "rows-refuse"]
    assert finding.says.startswith(("1 row would make", "some row would make"))
    outcome = sqlx("apply", tmp_path / "plan", "--target", here.url, "--yes", "--allow-data-loss", "--accept", "rows-refuse")
    assert outcome.code != 0, "the rows do not stand in the way at all"
    done("rollback", tmp_path / "plan", "--target", here.url, "--yes")
    here.load("UPDATE t SET n = NULL WHERE id = 3;")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "again")
    done("apply", tmp_path / "again", "--target", here.url, "--yes", "--allow-data-loss")


WORDS = {"a number": ("varchar(20)", "int", "12 pieces", " -7"), "a smaller one": ("text", "tinyint", "1,5", "15"),
         "a number with places": ("varchar(20)", "decimal(8,2)", "1,5", "1.5"), "a moment": ("varchar(20)", "date", "2026-02-30", "2026-02-28"),
         "a time of day": ("varchar(20)", "datetime", "soon", "2026-02-28 12:30:00"),
         "a character": ("varchar(20) CHARACTER SET utf8mb4", "varchar(20) CHARACTER SET latin1", "日", "é"),
         "a document": ("text", "json", "{", "[]"), "a word that goes": ("enum('a','b')", "enum('b','c')", "a", "b")}


@pytest.mark.parametrize("server", ["mysql-9.7", "mariadb-10.11"], indirect=True)
@pytest.mark.parametrize("what", WORDS)
def test_words_in_the_way(what: str, server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here, (old, new, beyond, fits) = observer(server, fresh_database(server)), WORDS[what]
    if new == "json" and server.engine == "mariadb":
        pytest.skip("json is a text with a check there")
    here.load(f"CREATE TABLE t (id int PRIMARY KEY, n {old}); INSERT INTO t VALUES (1, NULL), (2, '{fits}'), (3, '{beyond}');")
    (tmp_path / "desired.sql").write_text(f"CREATE TABLE t (id int PRIMARY KEY, n {new});")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    (finding,) = [one for one in plan_in(tmp_path / "plan").findings if one.rule == "rows-refuse"]
    assert finding.says.startswith("1 row would make")
    assert finding.says.endswith("fail: id = 3")
    assert sqlx("apply", tmp_path / "plan", "--target", here.url, "--yes", "--allow-data-loss", "--accept", "rows-refuse").code != 0
    done("rollback", tmp_path / "plan", "--target", here.url, "--yes")
    here.load("UPDATE t SET n = NULL WHERE id = 3;")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "again")
    done("apply", tmp_path / "again", "--target", here.url, "--yes", "--allow-data-loss")


COMING = {
    "a foreign key over a new column": ("owner_id: {type: bigint, nullable: false, default: '7'}",
                                        "foreign_keys: {to: {columns: [owner_id], table: owners, references: [id]}}", "2 rows", "id = 1, 2"),
    "a unique key over a new column": ("code: {type: integer, default: '7'}", "unique: {codes: [code]}", "1 row", "code = 7"),
    "a check over a new and an old one": ("more: {type: integer, default: '-1'}", "checks: {grows: {expression: more > id - 3}}", "1 row", "id = 2"),
    "a check over a column with a new name": ("fresh: {type: bigint, renamed_from: old}", "checks: {small: {expression: fresh < 2}}",
                                              "1 row", "id = 2"),
    "a check over a formula": ("twice: {type: bigint, generated: id * 2, stored: true}", "checks: {small: {expression: twice < 3}}", "1 row",
                               "id = 2"),
}


@pytest.mark.parametrize("change", COMING)
def test_rows_in_the_way_of_what_stands_on_a_new_column(change: str, server: RealServer, learned: None,
                                                        fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    here, (column, rule, counted, told) = observer(server, fresh_database(server)), COMING[change]
    here.load("CREATE TABLE owners (id bigint NOT NULL PRIMARY KEY); CREATE TABLE pets (id bigint NOT NULL PRIMARY KEY, old bigint);"
              "INSERT INTO owners VALUES (1); INSERT INTO pets VALUES (1, 1), (2, 2);")
    old = "" if "renamed_from" in column else "  old: bigint\n"
    pets = f"table: pets\ncolumns:\n  id: {{type: bigint, nullable: false}}\n{old}  {column}\nprimary_key: [id]\n{rule}\n"
    (tmp_path / "desired.yaml").write_text(OWNERS + pets)
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.yaml", "--out", tmp_path / "plan")
    (finding,) = [one for one in plan_in(tmp_path / "plan").findings if one.rule == "rows-refuse"]
    assert finding.says.startswith(f"{counted} would make")
    assert finding.says.endswith(f"fail: {told}")
    assert sqlx("apply", tmp_path / "plan", "--target", here.url, "--yes").code != 0
    here.load("DELETE FROM pets;")
    done("apply", tmp_path / "plan", "--target", here.url, "--yes", "--accept", "rows-refuse")


@pytest.mark.parametrize("rows", [3, 50_000_000])
def test_a_value_that_the_server_thinks_of_is_told(rows: int, server: RealServer, learned: None, fresh_database: Callable[[RealServer], str],
                                                   tmp_path: Path) -> None:
    """Of few rows, and of so many that a copy takes the table's place: there an INSERT would not think of one."""
    if server.engine not in ("mysql", "mariadb"):
        pytest.skip("a column without a value is refused there where there are rows")
    here = observer(server, fresh_database(server))
    here.load("CREATE TABLE t (id int NOT NULL PRIMARY KEY, a int); INSERT INTO t VALUES (1, 10), (2, 20);")
    wanted = "CREATE TABLE t (id int NOT NULL PRIMARY KEY, a bigint, n int NOT NULL, s varchar(10) NOT NULL, m int NOT NULL DEFAULT 7);"
    (tmp_path / "desired.sql").write_text(wanted)
    with declared(here.url.partition(":")[0], rows):
        planning.run(planning.Request(here.url, (tmp_path / "desired.sql",), out=tmp_path / "plan"), ports())
    plan = plan_in(tmp_path / "plan")
    told = {one.where: one.says.rpartition(" ")[2] for one in plan.findings if one.rule == "rows-filled"}
    assert told == {"column:t.n": "0", "column:t.s": "''"}
    if server.engine == "mysql" and rows > 3:
        assert [step.strategy.name for step in plan.steps] == ["copy_beside_writers"]
    done("apply", tmp_path / "plan", "--target", here.url, "--yes")
    assert here.contents()["t"].bag(("id", "a", "n", "s", "m")) == Counter([("1", "10", "0", "", "7"), ("2", "20", "0", "", "7")])


WITHOUT_A_VALUE = {"pg": (", g bigint GENERATED ALWAYS AS (a) STORED", "bigint"), "sqlite": ("", "text")}
"""What stands on the column, and a new type for which the whole table is made anew."""


@pytest.mark.parametrize("rows", [3, 1_000_000])
def test_rows_without_a_value_are_in_the_way_of_a_table_made_anew(rows: int, server: RealServer, learned: None,
                                                                  fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    if server.engine not in WITHOUT_A_VALUE:
        pytest.skip("the server thinks of a value")
    more, type = WITHOUT_A_VALUE[server.engine]
    here = observer(server, fresh_database(server))
    here.load(f"CREATE TABLE t (id int NOT NULL PRIMARY KEY, a int{more}); INSERT INTO t (id) VALUES (1), (2);")
    (tmp_path / "desired.sql").write_text(f"CREATE TABLE t (id int NOT NULL PRIMARY KEY, a {type}{more}, n int NOT NULL);")
    with declared(here.url.partition(":")[0], rows):
        planning.run(planning.Request(here.url, (tmp_path / "desired.sql",), out=tmp_path / "plan"), ports())
    plan = plan_in(tmp_path / "plan")
    if rows > 3:
        assert [step.strategy.name for step in plan.steps] == ["copy_beside_writers"]
    (finding,) = [one for one in plan.findings if one.rule == "rows-refuse"]
    assert finding.says.startswith("2 rows would make")
