"""The demo: the whole story, as a newcomer plays it."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.product import Outcome, sqlx

pytestmark = pytest.mark.xdist_group("demo")  # played once, not by each worker


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("demo") / "kept"
    return folder, sqlx("demo", "--keep", folder)


def test_it_ends_well(played: tuple[Path, Outcome]) -> None:
    _, seen = played
    assert seen.code == 0, seen.said
    assert not seen.crashed
    assert "\x1b" not in seen.said


@pytest.mark.parametrize("words", [
    r"14 tables, 138,295 rows",
    r"\$ sqlx init --target sqlite:///../shop.db --key ../dba.key\n\+ sqlx.yaml",
    r"\$ sqlx snapshot:pull --target shop\n16 files",
    r"column.change.type.set_type +no .*near \"ALTER\": syntax error",
    r"\$ sqlx lint\n",
    r"rename column addresses.zip to postal_code",
    r"rebuild table products: change column sku \(type\)",
    r"add table wishlists",
    r"takes away: the values of customers.fax",
    r"16 steps: .* proved forward and back on a twin",
    r"is as it was signed, by dba@shop.example",
    r"\$ sqlx plan:verify ../tampered\nexit 4, as it should be",
    r"every object and every row as before",
    r"exit 3, as it should be",
    r"Applied p-[a-z2-7]{20}: 16 steps, read back and as desired",
    r"\$ sqlx plan:diff --target shop --detailed-exitcode\nNo changes",
    r"Rolled back p-[a-z2-7]{20}: 16 steps taken back; the database is what it was",
    r"OK: 4 entries, chained and signed by dba@shop.example; compared with the target itself",
    r"12 scenes in \d+\.\d s",
])
def test_each_stage_is_seen(words: str, played: tuple[Path, Outcome]) -> None:
    assert re.search(words, played[1].out), played[1].out


def test_at_least_eight_kinds_of_change(played: tuple[Path, Outcome]) -> None:
    (file,) = (played[0] / "repository" / "plans").glob("shop/*/plan.json")
    steps = json.loads(file.read_text())["steps"]
    assert len({step["capability"] for step in steps if step["capability"]}) >= 8
    assert any(step["strategy"]["name"] == "rebuild" for step in steps)


def test_every_row_is_back(played: tuple[Path, Outcome], tmp_path: Path) -> None:
    """Beside the demo's database, one that was never changed."""
    from kernel.config.packaged import templates

    untouched = sqlite3.connect(tmp_path / "untouched.db", isolation_level=None)
    untouched.executescript((templates() / "demo" / "shop.sql").read_text())
    after = sqlite3.connect(played[0] / "shop.db")
    tables = [row[0] for row in untouched.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    assert len(tables) == 14
    for table in tables:
        columns = ", ".join(row[1] for row in untouched.execute(f"PRAGMA table_info({table})"))
        query = f"SELECT {columns} FROM {table} ORDER BY {columns}"
        assert after.execute(query).fetchall() == untouched.execute(query).fetchall()
    untouched.close()
    after.close()


def test_what_is_kept_is_a_project_to_go_on_with(played: tuple[Path, Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    repository = played[0] / "repository"
    monkeypatch.chdir(repository)
    assert sqlx("audit:verify").code == 0
    assert sqlx("doctor").code == 0
    assert subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True).stdout.count("schema/") == 0


@pytest.mark.slow
def test_nothing_is_left_where_nothing_was_asked_to_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    assert sqlx("demo").code == 0
    assert list((tmp_path / "here").iterdir()) == []
    assert [one.name for one in (tmp_path / "temporary").iterdir() if "lease" not in one.name] == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    seen = sqlx("demo", "--keep", tmp_path)
    assert seen.code == 78
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]
