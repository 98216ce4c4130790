"""Text from a database is anybody's text: it is shown, and never obeyed, by the terminal, by Rich or by Markdown."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.cli.terminal import run_in_terminal
from tests.product import sqlx

NAMES = ("users[/admin]", "[/red]", "[bold]x[/bold]", "esc\x1b[31mred\x1b]0;title\x07", "bidi\u202ereversed\u202c", "zero\u200bwidth",
         "new\nApplied p-fake: 1 step", "::add-mask::secret", "<script>alert(1)</script>", "a`b``c", "tab\there", "emoji😀", "quo\"te'd", "x" * 63,
         "select", "per%cent", "{brace}", "null\x7fdel")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A table of each name, with a column of each name."""
    monkeypatch.chdir(tmp_path)
    link = sqlite3.connect("hostile.db")
    quoted = ['"' + name.replace('"', '""') + '"' for name in NAMES]
    for name in quoted:
        link.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {', '.join(f'{column} TEXT' for column in quoted)})")
    link.close()
    Path("empty.sql").write_text("-- nothing is desired\n")
    Path("one.sql").write_text("CREATE TABLE only (id INTEGER PRIMARY KEY);\n")
    return f"sqlite:///{tmp_path}/hostile.db"


@pytest.mark.parametrize("words", [
    ("plan:diff", "--target", "URL", "--desired", "one.sql", "--out", "plan"),
    ("plan:diff", "--target", "URL", "--desired", "one.sql", "--json"),
    ("status", "--target", "URL"),
    ("doctor", "--target", "URL"),
], ids=lambda words: words[0] + ("--json" if "--json" in words else ""))
def test_names_are_shown_and_not_obeyed(words: tuple[str, ...], database: str) -> None:
    seen = sqlx(*(database if word == "URL" else word for word in words))
    assert seen.code in (0, 1), seen.said
    assert not seen.crashed, seen.said
    assert OBEYED.findall(seen.out) == []
    assert OBEYED.findall(seen.err) == []


def test_a_whole_story_with_hostile_names(database: str) -> None:
    for words in (("plan:diff", "--desired", "one.sql", "--out", "plan", "--target", database), ("plan:show", "plan", "--why", "--back"),
                  ("apply", "plan", "--yes", "--allow-data-loss", "--target", database), ("rollback", "plan", "--yes", "--target", database)):
        seen = sqlx(*words)
        assert seen.code == 0, seen.said
        assert OBEYED.findall(seen.said) == []
    assert "users[/admin]" in sqlx("plan:show", "plan").out
    assert OBEYED.findall(Path("plan/plan.md").read_text()) == []


def test_a_line_break_in_a_name_fakes_no_message(database: str) -> None:
    seen = sqlx("plan:diff", "--desired", "one.sql", "--target", database)
    assert not re.search(r"(?m)^Applied p-fake", seen.said)


def test_a_pulled_schema_is_read_back(database: str) -> None:
    pulled = sqlx("snapshot:pull", "--target", database, "--out", "pulled")
    assert not pulled.crashed, pulled.said
    assert OBEYED.findall(pulled.said) == []


def test_colours_are_ours_alone(database: str) -> None:
    """On a real terminal: what is not text is a colour that sqlx chose."""
    code, seen = run_in_terminal("plan:diff", "--desired", "one.sql", "--target", database, width=100)
    assert code == 0, seen
    assert COLOUR.search(seen)
    plain = re.sub(r"\x1b\[\??[0-9;]*[A-Za-z]", "", seen)
    assert OBEYED.findall(plain.replace("\r", "")) == []
    assert "users[/admin]" in re.sub(r"\s*\n\s*", "", plain.replace("\r", ""))


@pytest.mark.parametrize("argument", ["[/red]", "\x1b[31m", "a\u202eb", "x" * 5000, "", "\udcff"])
def test_hostile_words_on_the_command_line(argument: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in ((argument,), ("explain", argument), ("plan:show", argument), ("status", "--target", argument), ("lint", argument)):
        seen = sqlx(*words)
        assert not seen.crashed, (words, seen.said)
        assert OBEYED.findall(seen.said) == [], words


def test_json_is_json_whatever_the_names(database: str) -> None:
    plan = json.loads(sqlx("plan:diff", "--desired", "one.sql", "--json", "--target", database).out)
    assert any("users[/admin]" in step["says"] for step in plan["plan"]["steps"])
