"""What init writes, and what doctor says of it."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from kernel.config.environment import current
from kernel.config.project import open_project
from tests.product import done, sqlx

PASSWORD = "s3cr3t-c4n4ry"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "project"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def everything(folder: Path) -> str:
    return "\n".join(file.read_text() for file in folder.rglob("*") if file.is_file() and ".git/" not in str(file))


@pytest.mark.parametrize("url", [f"postgresql://me:{PASSWORD}@db.example.com/shop", f"mysql://me@db.example.com/shop?password={PASSWORD}"])
def test_no_password_is_written(url: str, folder: Path) -> None:
    seen = done("init", "--target", url, "--pre-commit", "--github")
    assert PASSWORD not in everything(folder) + seen.said
    assert "SHOP_PASSWORD" in seen.err
    assert "env:SHOP_PASSWORD" in Path("sqlx.yaml").read_text()


def test_what_stands_as_a_default_is_the_default(folder: Path) -> None:
    """Taking the `#` away from every key changes nothing."""
    done("init", "--target", "sqlite:///shop.db")
    before = open_project(folder, current())
    text = Path("sqlx.yaml").read_text()
    uncommented = re.sub(r"(?m)^( *)#(?=[a-z])", r"\1", text)
    assert uncommented.count("\n") == text.count("\n")
    assert uncommented != text
    Path("sqlx.yaml").write_text(uncommented)
    after = open_project(folder, current())
    for name in ("schema", "policy", "plans", "knowledge", "snapshots", "trust", "audit"):
        assert getattr(after, name) == getattr(before, name)
    assert after.target("shop").lock_budget == before.target("shop").lock_budget
    assert after.target("shop").include == before.target("shop").include


@pytest.mark.parametrize("file", ["sqlx.yaml", ".sqlx/trust/allowed_signers", "schema/README.md"])
def test_nothing_is_overwritten(file: str, folder: Path) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text("mine\n")
    seen = sqlx("init")
    assert seen.code == 78
    assert file in seen.err
    assert everything(folder) == "mine\n"


def test_lists_get_the_lines_that_they_lack(folder: Path) -> None:
    Path(".gitignore").write_text("mine/")
    done("init")
    assert Path(".gitignore").read_text().startswith("mine/\n")
    assert "*.key" in Path(".gitignore").read_text()
    again = Path(".gitignore").read_text()
    Path("sqlx.yaml").unlink()
    for other in ("schema/README.md", "policy/README.md", ".sqlx/trust/allowed_signers"):
        Path(other).unlink()
    done("init")
    assert Path(".gitignore").read_text() == again


def test_the_snippets_are_valid(folder: Path) -> None:
    done("init", "--target", "postgresql://me@db.example.com/shop", "--pre-commit", "--github")
    workflow = YAML(typ="safe", pure=True).load(Path(".github/workflows/sqlx.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]) for step in steps if "uses" in step)
    assert [step for step in steps if "${{" in step.get("run", "")] == []
    for step in steps:
        if "run" in step:
            subprocess.run(["bash", "-n", "-c", step["run"]], check=True)
    hooks = YAML(typ="safe", pure=True).load(Path(".pre-commit-config.yaml").read_text())
    assert [hook["entry"] for hook in hooks["repos"][0]["hooks"]] == ["sqlx lint", "sqlx plan:verify"]


def test_a_key_is_for_its_owner_alone_and_counts_at_once(folder: Path) -> None:
    made = done("key:generate", "my.key", "--comment", "dba@example.com")
    assert stat.S_IMODE(Path("my.key").stat().st_mode) == 0o600
    done("init", "--key", "my.key")
    assert made.out.strip() in Path(".sqlx/trust/allowed_signers").read_text()
    assert sqlx("key:generate", "my.key").code == 78
    machine = done("key:generate", "ci.key", "--machine", "--json").json
    assert "sqlx-approve" not in machine["allowed_signers"]


def test_the_doctor_finds_a_healthy_project_healthy(folder: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)
    Path("shop.db").touch()
    done("key:generate", "my.key")
    done("init", "--target", "sqlite:///shop.db", "--key", "my.key")
    assert done("doctor", "--json").json["healthy"]


def test_the_doctor_names_what_is_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done("init", "--target", "sqlite:///nowhere.db")
    Path("schema/a.yaml").write_text("table: a\ncolums: {}\n")
    monkeypatch.setenv("SQLX_PLAN", "x")
    seen = sqlx("doctor")
    assert seen.code == 1
    for words in ("SQLX_PLAN means nothing to sqlx; did you mean SQLX_PLANS?", "schema/a.yaml:2:1", "0 may sign plans, 1 must",
                  "not a git repository", "nowhere.db", "sqlx.yaml:7:19"):
        assert words in seen.out


def test_the_doctor_reads_a_broken_project(folder: Path) -> None:
    Path("sqlx.yaml").write_text("version: 1\ntarget: {}\n")
    seen = sqlx("doctor")
    assert seen.code == 1
    assert "did you mean `targets`?" in seen.out


def test_an_empty_database_leads_to_a_first_table(folder: Path) -> None:
    """The example of schema/README.md is one that can be planned."""
    (folder / "shop.db").touch()
    done("init", "--target", f"sqlite:///{folder}/shop.db")
    assert "write a first table into" in done("snapshot:pull").err
    assert "a first table by hand" in sqlx("plan:diff").err
    example = re.findall(r"^    ((?:table:|columns:|  |primary_key:).*)$", Path("schema/README.md").read_text(), re.MULTILINE)
    Path("schema/users.yaml").write_text("\n".join(example))
    assert "add table users" in done("plan:diff").out
