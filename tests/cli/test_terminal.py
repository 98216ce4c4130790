"""What people see: on a narrow terminal, in a pipe, without colour, and when they press Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.terminal import run_in_terminal
from tests.product import PROGRAM, ROOT, sqlx, started

SEQUENCE = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The words of a plan:diff that rebuilds a table."""
    monkeypatch.chdir(tmp_path)
    link = sqlite3.connect("shop.db")
    link.execute("CREATE TABLE a_table_with_a_rather_long_name (id INTEGER NOT NULL PRIMARY KEY, a_column_with_a_rather_long_name VARCHAR(20))")
    link.close()
    Path("s.yaml").write_text("table: a_table_with_a_rather_long_name\ncolumns:\n  id: {type: bigint, nullable: false}\n"
                              "  a_column_with_a_rather_long_name: string(40)\nprimary_key: [id]\n")
    return ("plan:diff", "--target", f"sqlite:///{tmp_path}/shop.db", "--desired", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "plan"))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_lines_fit_the_terminal(width: int, shop: tuple[str, ...]) -> None:
    code, seen = run_in_terminal(*shop, width=width)
    assert code == 0, seen
    lines = SEQUENCE.sub("", seen).replace("\r", "\n").split("\n")
    assert max(map(len, lines)) <= width
    assert "rebuild" in seen


def test_a_pipe_gets_whole_lines_and_no_colour(shop: tuple[str, ...]) -> None:
    process = started(*shop)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "\x1b" not in out + err
    assert max(map(len, out.splitlines())) > 120
    assert "learning" not in err


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)])
def test_colour_is_a_choice(variables: dict[str, str], coloured: bool, shop: tuple[str, ...]) -> None:
    code, seen = run_in_terminal(*shop, environment=variables)
    assert code == 0, seen
    assert bool(COLOUR.search(seen)) is coloured


def test_json_is_alone_on_stdout(shop: tuple[str, ...]) -> None:
    process = started(*shop, "--json")
    out, _ = process.communicate(timeout=60)
    assert json.loads(out)["changes"] == 1


def test_a_pipe_that_closes_early_is_no_bug(tmp_path: Path) -> None:
    """As in `sqlx explain | head -1`."""
    theirs, ours = os.pipe()
    os.close(theirs)
    ended = subprocess.run([*PROGRAM, "explain"], cwd=ROOT, stdout=ours, stderr=subprocess.PIPE, text=True, check=False)
    os.close(ours)
    assert ended.stderr == ""
    assert ended.returncode == 0


@pytest.mark.slow
def test_ctrl_c_ends_the_demo_and_leaves_nothing(tmp_path: Path) -> None:
    code, seen = run_in_terminal("demo", folder=tmp_path, keys=((b"plan:diff", b"\x03"),), environment={"TMPDIR": str(tmp_path)})
    assert code == 130, seen
    assert "Traceback" not in seen
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("sqlx-demo-")] == []


def test_every_command_has_the_summary_that_help_shows() -> None:
    import importlib
    import pkgutil

    from sqlx_cli import commands
    from sqlx_cli.summaries import SUMMARIES

    found = [importlib.import_module(f"sqlx_cli.commands.{one.name}").command for one in pkgutil.iter_modules(commands.__path__)]
    assert {one.name: (one.help or "").splitlines()[0] for one in found} == SUMMARIES


def test_help_names_the_way_for_newcomers() -> None:
    seen = sqlx("--help")
    assert seen.code == 0
    assert "sqlx demo" in seen.out
    assert sqlx().code in (0, 64)


def test_the_spaced_form_is_the_same(shop: tuple[str, ...]) -> None:
    assert sqlx("plan", "diff", *shop[1:]).code == 0


def test_the_readme_and_the_hooks_name_commands_that_there_are() -> None:
    from sqlx_cli.application import GROUPS
    from sqlx_cli.summaries import SUMMARIES
    texts = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *(ROOT / "templates").rglob("*.md"), *(ROOT / "templates").rglob("*.j2")]
    named = {(file.name, word) for file in texts for word in re.findall(r"`sqlx ([a-z]+:[a-z-]+|[a-z]{3,})\b", file.read_text("utf-8"))}
    assert {one for one in named if one[1] not in SUMMARIES and one[1] not in GROUPS} == set()


def test_a_reader_who_leaves_does_not_stop_an_apply(shop: tuple[str, ...]) -> None:
    assert sqlx(*shop).code == 0
    theirs, ours = os.pipe()
    os.close(theirs)
    ended = subprocess.run([*PROGRAM, "apply", shop[-1], *shop[1:3], "--yes"], cwd=ROOT, stdout=ours, stderr=ours, check=False)
    os.close(ours)
    assert ended.returncode == 0
    assert "applied" in sqlx("status", *shop[1:3]).out
