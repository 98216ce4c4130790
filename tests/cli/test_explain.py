"""Everything that sqlx may say has a page that explains it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from kernel.core.errors import error_types
from kernel.lints import rules
from tests.product import sqlx
from tests.shape.source import ROOT, sources

PAGES = ROOT / "templates" / "explain"


def findings() -> Iterator[str]:
    """The rules of all findings that the product makes, as its source names them."""
    for source in sources("kernel", "sqlx_cli"):
        for node in ast.walk(source.tree):
            match node:
                case ast.Call(func=ast.Name(id="Finding"), args=[ast.Constant(value=str(rule)), *_]):
                    yield rule


def test_findings_are_found() -> None:
    assert {"unmodelled", "rows-refuse", "config/password-in-url"} <= set(findings())


@pytest.mark.parametrize("code", sorted({*error_types(), *findings(), *rules()}))
def test_it_has_a_page(code: str) -> None:
    seen = sqlx("explain", code)
    assert seen.code == 0, seen.said
    assert all(word in seen.out for word in ("What to do", "Effect"))
    if code in error_types():
        assert f"(exit {error_types()[code].exit_code})" in seen.out


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_a_page_is_about_something_that_there_is(page: object) -> None:
    from pathlib import Path
    assert isinstance(page, Path)
    name = page.stem.replace("--", "/")
    assert name in {*error_types(), *findings()}
    text = page.read_text()
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"(?m)^## (.*)", text) == ["When", "Effect", "What to do", "Example"]


@pytest.mark.parametrize("number", sorted({0, 2, *(one.exit_code for one in error_types().values())}))
def test_every_exit_code_is_explained(number: int) -> None:
    assert sqlx("explain", str(number)).code == 0


def test_no_other_exit_code_is() -> None:
    seen = sqlx("explain", "99")
    assert seen.code == 64
    assert "64, 65, 69" in seen.err


def test_the_list_is_whole() -> None:
    listed = {line.split()[0] for line in sqlx("explain").out.splitlines()}
    assert listed == {*error_types(), *findings(), *rules()}
