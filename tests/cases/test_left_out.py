"""A target that is part of a database: what it leaves out is neither pulled nor changed, and is there all the same, on both sides of a plan."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kernel.core.plan import Plan
from tests.observer import Observer, observer
from tests.product import done, plan_in, sqlx
from tests.servers.databases import RealServer


@dataclass(frozen=True)
class Part:
    """A database that is ours but for what `exclude` names; `ours` is what a pull writes of it."""

    base: str
    exclude: tuple[str, ...]
    ours: frozenset[str]


PG = Part("""
    CREATE SCHEMA their;
    CREATE TYPE their.mood AS ENUM ('good', 'bad');
    CREATE TABLE their.people (id serial PRIMARY KEY, name text, mood their.mood);
    CREATE TABLE aside (id int PRIMARY KEY, x int, y int);
    CREATE STATISTICS together ON x, y FROM aside;
    CREATE TABLE orders (id int PRIMARY KEY, total int, who int REFERENCES their.people (id), aside int REFERENCES aside (id), mood their.mood);
    CREATE VIEW open_orders AS SELECT o.id, p.name FROM orders o JOIN their.people p ON p.id = o.who;
    CREATE FUNCTION everybody() RETURNS SETOF their.people LANGUAGE sql AS 'SELECT * FROM their.people';
    CREATE FUNCTION their.noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER noted AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION their.noted();
    CREATE PUBLICATION all_of_it FOR TABLE orders, aside;""",
          ("their", "their.*", "public.aside"),
          frozenset({"orders.yaml", "view.open_orders.yaml", "extended_statistics.together.yaml", "publication.all_of_it.yaml",
                     "function.everybody"}))
FAMILY = Part("""
    CREATE TABLE people (id integer NOT NULL PRIMARY KEY, name varchar(20));
    CREATE TABLE orders (id integer NOT NULL PRIMARY KEY, total integer, who integer, CONSTRAINT of_whom FOREIGN KEY (who) REFERENCES people (id));
    CREATE VIEW open_orders AS SELECT o.id, p.name FROM orders o JOIN people p ON p.id = o.who;""",
              ("people",), frozenset({"orders.yaml", "view.open_orders.yaml"}))
PARTS = {"pg": PG, "mysql": FAMILY, "mariadb": FAMILY, "sqlite": FAMILY}


@dataclass(frozen=True)
class Project:
    """A folder with a target that leaves something out, and its database."""

    folder: Path
    place: Observer
    part: Part

    def plan(self, *more: str | Path, into: str = "plan") -> Plan:
        done("plan:diff", "--target", "ours", "--desired", self.folder / "schema", "--out", self.folder / into, *more)
        return plan_in(self.folder / into)

    def edit(self) -> None:
        """A total is a larger number, and not null; and a note comes."""
        file = self.folder / "schema" / "orders.yaml"
        said, count = re.subn(r"  total: .*", "  total: {type: bigint, nullable: false}\n  note: text", file.read_text())
        assert count == 1, said
        file.write_text(said)


def begun(server: RealServer, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, form: str = "yaml") -> Project:
    part = PARTS[server.engine]
    place = observer(server, url)
    place.load(part.base)
    listed = ", ".join(f'"{one}"' for one in part.exclude)
    settings = "schema: [schema]\ntrust: {required_signatures: 0}\n"
    (folder / "sqlx.yaml").write_text(f"{settings}targets:\n  ours:\n    url_template: {url}\n    exclude: [{listed}]\n")
    monkeypatch.chdir(folder)
    done("snapshot:pull", "--target", "ours", "--out", folder / "schema", "--format", form)
    return Project(folder, place, part)


@pytest.fixture
def project(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path,
            monkeypatch: pytest.MonkeyPatch) -> Project:
    return begun(server, fresh_database(server), tmp_path, monkeypatch)


def test_it_is_not_pulled_and_nothing_is_missing(project: Project) -> None:
    pulled = {file.name for file in (project.folder / "schema").rglob("*.yaml")}
    assert all(any(name.startswith(one) for name in pulled) for one in project.part.ours), pulled
    assert not any("people" in name or "aside" in name for name in pulled), pulled
    assert project.plan().empty
    done("lint")


def test_what_stands_on_it_changes_and_comes_back(project: Project) -> None:
    before = project.place.state()
    project.edit()
    plan = project.plan()
    assert plan.proof == "forward and back on a twin"
    assert plan.steps
    assert not [one for one in plan.findings if one.severity == "error"], plan.findings
    done("apply", project.folder / "plan", "--target", "ours", "--yes")
    assert project.plan(into="again").empty
    done("rollback", project.folder / "plan", "--target", "ours", "--yes")
    assert project.place.state() == before


def test_others_may_change_it_meanwhile(project: Project) -> None:
    project.edit()
    project.plan()
    name = "their.people" if project.place.server.engine == "pg" else "people"
    project.place.load(f"ALTER TABLE {name} ADD COLUMN later int;")
    done("apply", project.folder / "plan", "--target", "ours", "--yes")


def test_without_a_server_it_is_known_as_far_as_it_is_needed(project: Project) -> None:
    project.edit()
    here, there = project.plan(), project.plan("--snapshot", project.folder / ".sqlx" / "snapshots" / "ours.json", "--twin", project.place.url)
    assert here.steps
    assert [step.as_json() for step in there.steps] == [step.as_json() for step in here.steps]
    assert (there.base, there.desired) == (here.base, here.desired)


@pytest.mark.parametrize("server", ["pg-18", "mysql-9.7", "sqlite"], indirect=True)
def test_sql_files_may_refer_to_it(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    project = begun(server, fresh_database(server), tmp_path, monkeypatch, "sql")
    assert project.plan(into="none").empty
    more = tmp_path / "schema" / "more.sql"
    more.write_text(f"CREATE TABLE more (who int, FOREIGN KEY (who) REFERENCES {'their.' * (server.engine == 'pg')}people (id));")
    assert project.plan().steps
    done("apply", tmp_path / "plan", "--target", "ours", "--yes")
    assert project.plan(into="again").empty


@pytest.mark.parametrize("server", ["pg-18"], indirect=True)
def test_a_step_that_touches_it_waits_to_be_accepted(project: Project) -> None:
    project.place.load("CREATE VIEW their.sums AS SELECT sum(total) AS total FROM public.orders;")
    before = project.place.state()
    project.edit()
    assert {one.where for one in project.plan().findings if one.rule == "not-selected"} == {"view:their.sums"}
    refused = sqlx("apply", project.folder / "plan", "--target", "ours", "--yes")
    assert "not-selected" in refused.said
    assert project.place.state() == before
    done("apply", project.folder / "plan", "--target", "ours", "--yes", "--accept", "not-selected")
    done("rollback", project.folder / "plan", "--target", "ours", "--yes")
    assert project.place.state() == before
