"""What the documentation says is so: its examples are run, its tables come from the code, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kernel.core.errors import error_types
from sqlx_cli.reference import written
from sqlx_cli.summaries import SUMMARIES
from tests.product import done, sqlx
from tests.shape.source import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]


def test_the_reference_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "schema-yaml.md").read_text("utf-8")
    assert page == written(page), "run `make reference`"


def test_the_example_of_the_schema_page_is_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "schema-yaml.md").read_text("utf-8"), re.S)
    assert examples
    Path("schema").mkdir()
    for number, example in enumerate(examples):
        Path(f"schema/{number}.yaml").write_text(example)
    assert done("lint", "schema").err.startswith("1 file, nothing to remark")
    Path("shop.db").touch()
    plan = done("plan:diff", "--target", f"sqlite:///{tmp_path}/shop.db", "--desired", "schema", "--out", "plan", "--json").json["plan"]
    assert {step["says"] for step in plan["steps"]} >= {"add table orders", "add view open_orders", "add index orders.orders_open"}


def test_the_readme_lists_every_exit_code() -> None:
    listed = {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", (ROOT / "README.md").read_text("utf-8"))}
    assert listed == {0, 2, *(error.exit_code for error in error_types().values())}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_are_there(page: Path) -> None:
    """Every `sqlx COMMAND --option` of the page is one that the command has."""
    for command, rest in re.findall(r"\bsqlx ((?:[a-z]+:)?[a-z-]+)((?: +[^\s`|#]+)*)", page.read_text("utf-8")):
        if command in SUMMARIES:
            options = set(re.findall(r"--[a-z][a-z-]+", rest))
            helped = sqlx(command, "--help").out
            assert [option for option in options if option not in helped] == [], f"sqlx {command}{rest}"


def test_the_picture_is_of_this_demo() -> None:
    from kernel.flows.demo import read_story
    picture = (ROOT / "docs" / "demo.svg").read_text("utf-8").replace("&#160;", " ")
    assert [scene.title for scene in read_story() if scene.title.replace("'", "&#x27;") not in picture] == [], "run `make picture`"
