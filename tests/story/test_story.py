"""init -> snapshot:pull -> edit -> plan:diff -> plan:sign -> simulate -> apply -> status -> rollback -> audit:verify, on every server.

What an engineer, a DBA and an auditor type, in a repository of their own; looked at from outside wherever the database is said to change.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.knowledge import make
from tests.observer import Observer, bags, differences, observer
from tests.product import done, plan_in, shapes, sqlx
from tests.servers.databases import RealServer

HERE = Path(__file__).parent
ITEMS = """\
table: items
columns:
  order_id: {type: bigint, nullable: false}
  number: {type: integer, nullable: false}
primary_key: [order_id, number]
foreign_keys: {items_order: {columns: [order_id], table: orders, references: [id], on_delete: cascade}}
indexes: {items_number: {columns: [number]}}
"""


def git(*words: str) -> str:
    """Run git in the current folder."""
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def shop(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str]) -> Observer:
    """A database with a few tables and rows, made by nobody in particular."""
    here = observer(server, fresh_database(server))
    make(HERE / "shop.yaml", here.url)
    here.load((HERE / "rows.sql").read_text())
    return here


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty git repository, which is the current folder; the keys of two people lie beside it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "Ann")
    git("config", "user.email", "ann@example.org")
    for person in ("ann", "eve"):
        done("key:generate", tmp_path / person, "--comment", f"{person}@example.org")
    return folder


def commit(message: str) -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", message)


def edit(folder: Path) -> None:
    """What the engineer wants: a column, a longer one, an index, a table, another check."""
    (file,) = [path for path in folder.rglob("*.yaml") if "table: orders" in path.read_text()]
    text = file.read_text()
    assert "state:" in text
    lines = text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.lstrip().startswith("state:"))
    indent = lines[at][:len(lines[at]) - len(lines[at].lstrip())]
    lines.insert(at, f"{indent}note: string(200)\n")
    file.write_text("".join(lines))
    (folder / "items.yaml").write_text(ITEMS)


def signed_plan(shop: Observer, repository: Path) -> Path:
    """A change of the schema, planned and signed by Ann."""
    key = repository.parent / "ann"
    done("init", "--target", shop.url, "--name", "shop", "--key", key)
    done("snapshot:pull", "--target", "shop")
    edit(repository / "schema")
    commit("Change the schema")
    plan = Path(done("plan:diff", "--target", "shop", "--json").json["folder"])
    done("plan:sign", plan, "--key", key)
    return plan


def test_the_whole_story(shop: Observer, repository: Path, fresh_database: Callable[[RealServer], str]) -> None:
    key = repository.parent / "ann"
    before, rows = shop.state(), bags(shop.contents())

    done("init", "--target", shop.url, "--name", "shop", "--key", key)
    done("snapshot:pull", "--target", "shop")
    commit("Begin with the schema as it is")
    assert sqlx("plan:diff", "--target", "shop", "--detailed-exitcode").code == 0, "the schema that was just pulled differs"

    edit(repository / "schema")
    commit("Give orders a note and items")
    outcome = sqlx("plan:diff", "--target", "shop", "--detailed-exitcode", "--json")
    assert outcome.code == 2, outcome.said
    plan = Path(outcome.json["folder"])
    assert {"add:column", "add:table"} <= set(shapes(plan_in(plan)))
    assert sqlx("apply", plan, "--target", "shop", "--yes").code == 4, "an unsigned plan was applied in a project"
    assert shop.state() == before

    done("plan:sign", plan, "--key", key)
    done("plan:verify", plan)
    twin = () if shop.server.engine == "sqlite" else ("--twin", fresh_database(shop.server))
    done("simulate", plan, *twin)
    assert shop.state() == before

    done("apply", plan, "--target", "shop", "--yes", "--key", key)
    assert shop.state() != before
    status = done("status", "--target", "shop")
    assert plan_in(plan).target["name"] == "shop"
    assert "done" in status.said or "applied" in status.said
    assert sqlx("plan:diff", "--target", "shop", "--detailed-exitcode").code == 0
    done("audit:verify")

    done("rollback", plan, "--target", "shop", "--yes", "--key", key)
    assert not differences(shop.state(), before)
    assert bags(shop.contents()) == rows
    verified = done("audit:verify", "--json")
    (log,) = verified.json["targets"]
    assert [entry["type"] for entry in log["history"]] == ["apply_start", "apply_ok", "rollback_start", "rolled_back"]
    assert git("branch", "--list", "sqlx-audit").strip()


def test_a_stranger_cannot_sign(shop: Observer, repository: Path) -> None:
    done("init", "--target", shop.url, "--name", "shop", "--key", repository.parent / "ann")
    done("snapshot:pull", "--target", "shop")
    edit(repository / "schema")
    commit("Change the schema")
    plan = Path(done("plan:diff", "--target", "shop", "--json").json["folder"])
    sqlx("plan:sign", plan, "--key", repository.parent / "eve")
    assert sqlx("plan:verify", plan).code == 4
    assert sqlx("apply", plan, "--target", "shop", "--yes").code == 4


def test_a_change_behind_the_log_is_seen(shop: Observer, repository: Path) -> None:
    key, plan = repository.parent / "ann", signed_plan(shop, repository)
    done("apply", plan, "--target", "shop", "--yes", "--key", key)
    done("audit:verify")
    shop.load("CREATE TABLE behind_the_back (id integer)")
    outcome = sqlx("audit:verify")
    assert outcome.code == 5, outcome.said
    shop.load("DROP TABLE behind_the_back")
    done("audit:verify")


def test_a_log_that_was_cut_is_seen(shop: Observer, repository: Path) -> None:
    key, plan = repository.parent / "ann", signed_plan(shop, repository)
    done("apply", plan, "--target", "shop", "--yes", "--key", key)
    kept = git("rev-parse", "sqlx-audit").strip()
    done("rollback", plan, "--target", "shop", "--yes", "--key", key)
    done("audit:verify")
    git("update-ref", "refs/heads/sqlx-audit", kept)
    outcome = sqlx("audit:verify")
    assert outcome.code == 4, outcome.said


def test_rows_that_were_taken_away_are_kept_until_they_are_purged(shop: Observer, repository: Path) -> None:
    done("snapshot:pull", "--target", shop.url, "--out", "schema")
    for file in Path("schema").rglob("*.yaml"):
        if "orders" in file.name:
            file.unlink()
    done("plan:diff", "--target", shop.url, "--desired", "schema", "--out", "plan")
    before = shop.own()
    done("apply", "plan", "--target", shop.url, "--yes", "--allow-data-loss")
    (kept,) = done("status", "--target", shop.url, "--json").json["kept"]
    assert kept["plan"] in sqlx("status", "--target", shop.url).said
    assert not done("purge", "--target", shop.url, "--json").json["purged"], "what was taken away just now is old"
    assert sqlx("purge", "--target", shop.url, "--days", "0").code == 64, "rows went for good without a word of consent"
    done("purge", "--target", shop.url, "--days", "0", "--yes")
    assert not [table for table in set(shop.own()) - set(before) if "keep" in table]
    assert not done("status", "--target", shop.url, "--json").json["kept"]
    outcome = sqlx("rollback", "plan", "--target", shop.url, "--yes")
    assert outcome.code == 1, outcome.said
    assert "purged" in outcome.said


@pytest.fixture
def origin(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bare repository that the project is pushed to."""
    folder = repository.parent / "origin.git"
    git("init", "--quiet", "--bare", str(folder))
    git("remote", "add", "origin", str(folder))
    return folder


def clone(origin: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a job begins with: the main branch and nothing else, in the current folder."""
    git("clone", "--quiet", "--single-branch", "--branch=main", str(origin), str(folder))
    monkeypatch.chdir(folder)


def test_jobs_in_clones_of_their_own_write_one_log(shop: Observer, repository: Path, origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, plan = repository.parent / "ann", signed_plan(shop, repository)
    with Path("sqlx.yaml").open("a") as file:
        file.write("audit: {branch: logs/schema, remote: origin}\n")
    commit("Plan the change")
    git("push", "--quiet", "origin", "main")
    folder = plan.relative_to(repository)

    clone(origin, repository.parent / "first", monkeypatch)
    done("apply", folder, "--target", "shop", "--yes", "--key", key)
    clone(origin, repository.parent / "second", monkeypatch)
    done("rollback", folder, "--target", "shop", "--yes", "--key", key)
    (log,) = done("audit:verify", "--json").json["targets"]
    assert [entry["type"] for entry in log["history"]] == ["apply_start", "apply_ok", "rollback_start", "rolled_back"]
    assert git("ls-remote", "origin", "refs/heads/logs/schema").strip()


def test_a_clone_without_the_log_does_not_begin_another(shop: Observer, repository: Path, origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, plan = repository.parent / "ann", signed_plan(shop, repository)
    commit("Plan the change")
    git("push", "--quiet", "origin", "main")
    done("apply", plan, "--target", "shop", "--yes", "--key", key)
    git("push", "--quiet", "origin", "sqlx-audit")

    clone(origin, repository.parent / "job", monkeypatch)
    said = done("rollback", plan.relative_to(repository), "--target", "shop", "--yes", "--key", key).said
    assert "does not have the newest audit log" in said
    assert not git("branch", "--list", "sqlx-audit").strip()
    assert "2 entries" in sqlx("status", "--target", "shop").said
