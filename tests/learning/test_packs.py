"""What was learned travels as a signed file, and answers where nothing can be rehearsed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kernel.config.packaged import packs
from kernel.core.evidence import CapabilityMatrix
from kernel.flows.learn import Facts, knowledge
from kernel.flows.packs import _series, write
from kernel.kinds import kinds
from kernel.planning.learn import probes
from tests.knowledge import ports
from tests.observer import observer
from tests.product import done, plan_in, sqlx
from tests.reader import reader
from tests.servers.databases import RealServer

Fresh = Callable[[RealServer], str]
Find = Callable[[str], RealServer]


@pytest.mark.parametrize(("one", "other", "fits"), [
    ("PostgreSQL 18.4 on x86_64-pc-linux-gnu", "PostgreSQL 18.1 (Debian 18.1-1.pgdg120+1)", True), ("PostgreSQL 18.4", "PostgreSQL 17.4", False),
    ("10.11.19-MariaDB-0+deb12u1", "10.11.8-MariaDB-log", True), ("10.11.19-MariaDB", "11.8.6-MariaDB", False), ("9.7.4-2", "9.7.1", True),
    ("9.7.4", "9.7.4-MariaDB", False), ("3.40.1", "3.40.0", True), ("3.40.1", "3.45.1", False), ("", "3.40.1", False)])
def test_a_pack_fits_servers_of_its_series(one: str, other: str, fits: bool) -> None:
    assert (_series({"version": one}) == _series({"version": other})) is fits


@pytest.mark.slow
def test_a_pack_is_signed_as_ssh_keygen_does(tmp_path: Path, learned: None) -> None:
    key, out = tmp_path / "key", tmp_path / "pack.json"
    (tmp_path / "a.db").touch()
    done("key:generate", key)
    outcome = done("learn", "--target", f"sqlite:///{tmp_path}/a.db", "--out", out, "--key", key)
    assert f"Written to {out}, signed by SHA256:" in " ".join(outcome.err.split())
    assert CapabilityMatrix.from_json(json.loads(out.read_text())).granted("table.add.create")
    if program := shutil.which("ssh-keygen"):
        words = (program, "-Y", "check-novalidate", "-n", "sqlx-learn", "-s", f"{out}.sig")
        assert subprocess.run(words, input=out.read_bytes(), check=False, capture_output=True).returncode == 0
        assert subprocess.run(words, input=out.read_bytes() + b" ", check=False, capture_output=True).returncode != 0


def test_it_is_said_that_learning_begins_before_it_takes_its_time(tmp_path: Path) -> None:
    edges, heard = ports(), list[str]()
    edges.tell = lambda event: heard.append(event.name)
    (tmp_path / "a.db").touch()
    with edges.open(edges.target(f"sqlite:///{tmp_path}/a.db")) as session, knowledge(session, edges, fresh=True) as known:
        assert isinstance(known.matrix.facts, Facts)
        known.matrix.facts.learn("schema.drop.")
        known.matrix.facts.learn("table.rename.")
    assert heard[0] == "learn.begin"
    assert heard.count("learn.begin") == 1


def test_packs_that_ship_are_whole() -> None:
    """They have an answer for every way there is of every kind that is read there: a new one is learned on all servers before it ships."""
    for file in packs().glob("*.json"):
        matrix = CapabilityMatrix.from_json(json.loads(file.read_text()))
        assert matrix.granted("table.add.create"), file.name
        assert matrix.server["version"], file.name
        not_there = kinds().keys() - {fact.partition(".")[0] for fact in matrix.facts if ".read." in fact}
        asked = [one for one in probes(kinds(), "") if not_there.isdisjoint((one.partition(".")[0], one.partition("@")[2]))]
        assert [one for one in asked if one not in matrix.facts] == [], file.name


@pytest.fixture
def looks(real_server: Find, fresh_database: Fresh) -> Iterator[str]:
    """A database seen by somebody who may only look."""
    server = real_server("pg-18")
    here = observer(server, fresh_database(server))
    here.load("CREATE TABLE people (id bigint PRIMARY KEY, name text);")
    with reader(here, "", "GRANT SELECT ON people TO {user}") as url:
        yield url


@pytest.mark.parametrize(("signed", "believed"), [("nobody has to", True), ("rightly", True), ("not", False), ("for other bytes", False)])
def test_who_may_only_look_plans_with_a_pack(signed: str, believed: bool, looks: str, real_server: Find, fresh_database: Fresh, learned: None,
                                             tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin is of another version: where the project holds a pack of the target's, that one says what the target can do."""
    monkeypatch.chdir(tmp_path)
    done("key:generate", tmp_path / "key")
    done("init", "--target", looks, "--key", tmp_path / "key")
    if signed == "nobody has to":
        with (tmp_path / "sqlx.yaml").open("a") as settings:
            settings.write("\ntrust: {required_signatures: 0}\n")
    pack = tmp_path / ".sqlx" / "knowledge" / "shop.json"
    edges = ports()
    owner = looks.replace(looks.split("//")[1].split("@")[0], "postgres")
    with edges.open(edges.target(owner)) as session, knowledge(session, edges, fresh=True) as known:
        assert isinstance(known.matrix.facts, Facts)
        known.matrix.facts.learn("column.add.")
        write(known.matrix, pack, tmp_path / "key" if signed in ("rightly", "for other bytes") else None)
    if signed == "for other bytes":
        pack.write_bytes(pack.read_bytes().replace(b'"learned_by"', b'"learned_by" '))
    (tmp_path / "schema").mkdir(exist_ok=True)
    (tmp_path / "schema" / "people.yaml").write_text(
        "table: people\ncolumns:\n  id: {type: bigint, nullable: false}\n  name: text\n  age: integer\nprimary_key: [id]\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    outcome = sqlx("plan:diff", "--target", looks, "--twin", fresh_database(real_server("pg-15")), "--out", tmp_path / "plan")
    assert outcome.code == 0, outcome.said
    facts = [fact for file in (tmp_path / "cache").rglob("knowledge/*.json") for fact in json.loads(file.read_text())["facts"].values()]
    assert ("pack-refused" in outcome.said) is not believed
    seen = " ".join(fact.get("where", "") for fact in facts)
    assert "as learned on PostgreSQL 18" in seen
    assert ("(shop.json)" in seen) is believed
    assert ("(pg-18.json)" in seen) is not believed, "the one that came with sqlx is the next best"
    assert [step.says for step in plan_in(tmp_path / "plan").steps if step.capability.startswith("column.")] == ["add column public.people.age"]
