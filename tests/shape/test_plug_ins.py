"""One idea, one file: a toy kind, a toy adapter, a toy lint and a toy command, each found by lying in a folder, go through the whole pipeline.

The folders stand for a person's checkout with one more file in it: they are added to the packages' search paths, and nothing is edited.
"""

from __future__ import annotations

import importlib
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import kernel.kinds
import kernel.lints
import kernel.udr.adapters
import sqlx_cli.commands
from tests.product import done, plan_in, shapes, sqlx
from tests.servers.databases import RealServer

KIND = '''
"""Mark: a toy kind, a number that a database carries. It is read, set, changed and taken away; learning finds out whether that works."""

from kernel.core.node import Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Attribute, Kind, Read, Sample

QUERY = "SELECT user_version FROM pragma_user_version WHERE user_version <> 0"


def mark(number):
    return Node(NodeId("mark", ("", "version")), {"number": number})


def put(node, scene):
    return Strategy("put", (f"PRAGMA user_version = {node['number']}",))


def put_in_vain(node, scene):
    return Strategy("put_in_vain", ("PRAGMA user_version",))


def change(old, new, scene):
    return Strategy("change", (f"PRAGMA user_version = {new['number']}",))


def erase(node, scene):
    return Strategy("erase", ("PRAGMA user_version = 0",))


def samples(schema):
    one, two = mark(1), mark(2)
    return (Sample("add", (), (one,), one.id), Sample("drop", (one,), (), one.id), Sample("change.number", (one,), (two,), one.id))


KIND = Kind(name="mark", doc="A toy.", attributes=(Attribute("number", "number", "what it says"),),
            reads=(Read("pragma", QUERY, lambda number: (mark(number),)),), add=(put, put_in_vain), drop=(erase,), change={"number": (change,)},
            samples=samples, rank=80)
'''

ADAPTER = '''
"""A toy server: the embedded one under another name, which knows one more type."""

from dataclasses import replace

from kernel.udr.adapters.sqlite import SQLiteAdapter, Spelling


class ToySpelling(Spelling):
    types = replace(Spelling.types, exact={**Spelling.types.exact, "toy": "TOYTEXT"})


class ToyAdapter(SQLiteAdapter):
    scheme = "toy"
    q = ToySpelling()

    def identity(self, session):
        return {"version": "Toy 1"}

    def empty(self, session):
        super().empty(session)
        session.run("PRAGMA user_version = 0")


ADAPTER = ToyAdapter()
'''

LINT = '''
"""A toy rule: nothing is called `toy`."""

from kernel.lints._rule import Rule


def find(schema):
    return [(one.at, f"table {one.node.id.label} is a toy") for one in schema.of("table") if one.node.name == "toy"]


RULE = Rule(name="is-a-toy", condition="a table is called toy", effect="none", remedy="rename it",
            bad="table: toy\\ncolumns: {id: bigint}\\n", good="table: tool\\ncolumns: {id: bigint}\\n", find=find)
'''

COMMAND = '''
"""sqlx toy"""

import click


@click.command("toy")
@click.argument("word")
def command(word: str) -> int:
    """Say a word."""
    click.echo(f"toy says {word}")
    return 3
'''

PACKAGES = {"kinds": (kernel.kinds, "mark", KIND), "adapters": (kernel.udr.adapters, "toy", ADAPTER), "lints": (kernel.lints, "is_a_toy", LINT),
            "commands": (sqlx_cli.commands, "toy", COMMAND)}


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Puts a file where a package looks for its members; forgotten at the end."""
    names: list[str] = []

    def add(sort: str) -> None:
        package, name, text = PACKAGES[sort]
        folder = tmp_path / sort
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        importlib.invalidate_caches()
        names.append(f"{package.__name__}.{name}")

    yield add
    for name in names:
        sys.modules.pop(name, None)
        package, _, member = name.rpartition(".")
        vars(sys.modules[package]).pop(member, None)


@pytest.fixture
def database(real_server: Callable[[str], RealServer], fresh_database: Callable[[RealServer], str], learned: None) -> Path:
    return Path(fresh_database(real_server("sqlite")).removeprefix("sqlite:///"))


def version(database: Path) -> int:
    with closing(sqlite3.connect(database)) as link:
        return int(link.execute("PRAGMA user_version").fetchone()[0])


def test_a_toy_kind_is_learned_planned_and_applied(plug_in: Callable[[str], None], database: Path, tmp_path: Path) -> None:
    plug_in("adapters")
    plug_in("kinds")
    url = f"toy:///{database}"
    facts = done("learn", "--target", url, "--json").json["facts"]
    assert facts["mark.add.put"]["arrived"]
    assert facts["mark.change.number.change"]["arrived"]
    assert not facts["mark.add.put_in_vain"].get("arrived"), "what is accepted and does nothing counts as no"

    schema = tmp_path / "schema.yaml"
    schema.write_text("table: t\ncolumns: {id: bigint}\n---\nmark: version\nnumber: 7\n")
    done("plan:diff", "--target", url, "--desired", schema, "--out", tmp_path / "plan")
    assert shapes(plan_in(tmp_path / "plan")) == ["add:table", "add:mark"]
    done("apply", tmp_path / "plan", "--target", url, "--yes")
    assert version(database) == 7
    assert done("plan:diff", "--target", url, "--desired", schema, "--detailed-exitcode").code == 0

    schema.write_text("table: t\ncolumns: {id: bigint}\n---\nmark: version\nnumber: 8\n")
    done("plan:diff", "--target", url, "--desired", schema, "--out", tmp_path / "next")
    assert shapes(plan_in(tmp_path / "next")) == ["change.number:mark"]
    done("apply", tmp_path / "next", "--target", url, "--yes")
    assert version(database) == 8
    done("rollback", tmp_path / "next", "--target", url, "--yes")
    done("rollback", tmp_path / "plan", "--target", url, "--yes")
    assert version(database) == 0

    schema.write_text("mark: version\nnumbr: 8\n")
    outcome = sqlx("plan:diff", "--target", url, "--desired", schema)
    assert outcome.code == 65
    assert "number" in outcome.err


def test_a_toy_adapter_is_spoken_to(plug_in: Callable[[str], None], database: Path, tmp_path: Path) -> None:
    url = f"toy:///{database}"
    outcome = sqlx("learn", "--target", url)
    assert outcome.code == 64
    assert "sqlite" in outcome.err

    plug_in("adapters")
    assert done("learn", "--target", url, "--json").json["server"] == {"version": "Toy 1"}
    schema = tmp_path / "schema.yaml"
    schema.write_text("table: t\ncolumns: {id: bigint, toy: toy}\nindexes: {t_toy: {columns: [toy]}}\n")
    done("plan:diff", "--target", url, "--desired", schema, "--out", tmp_path / "plan")
    done("apply", tmp_path / "plan", "--target", url, "--yes")
    with closing(sqlite3.connect(database)) as link:
        assert link.execute("SELECT type FROM pragma_table_info('t') WHERE name = 'toy'").fetchall() == [("TOYTEXT",)]
    done("rollback", tmp_path / "plan", "--target", url, "--yes")


def test_a_toy_lint_is_heard(plug_in: Callable[[str], None], tmp_path: Path) -> None:
    schema = tmp_path / "schema.yaml"
    schema.write_text("table: toy\ncolumns: {id: {type: bigint, nullable: false}}\nprimary_key: [id]\n")
    assert "is-a-toy" not in sqlx("lint", schema).said
    plug_in("lints")
    outcome = sqlx("lint", schema)
    assert "is-a-toy" in outcome.said
    assert "schema.yaml:1:" in outcome.said


def test_a_toy_command_is_run(plug_in: Callable[[str], None]) -> None:
    assert sqlx("toy", "hello").code == 64
    plug_in("commands")
    outcome = sqlx("toy", "hello")
    assert (outcome.code, outcome.out) == (3, "toy says hello\n")
    assert "toy" in sqlx("--help").out
