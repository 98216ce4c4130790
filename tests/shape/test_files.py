"""What no file may be or say: the laws that a reader of one file can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.shape.source import PRODUCT, Source, sources

LONGEST = 500
LONGER = {  # file -> why it is one idea all the same
    "tests/servers/servers.py": "a script of its own that runs with the standard library alone",
}
DRAWERS = re.compile(r"(^|[/_])(utils?|helpers?|managers?|common|misc)(\.py|/|_)")
READS = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def shells(source: Source) -> Iterator[str]:
    """Commands that a shell would read, where a name in them could become a command."""
    for node in ast.walk(source.tree):
        match node:
            case ast.keyword(arg="shell", value=value) if not (isinstance(value, ast.Constant) and value.value is False):
                yield f"{source.path}:{node.value.lineno}: shell="
            case ast.Attribute(value=ast.Name(id="os"), attr=("system" | "popen") as name):
                yield f"{source.path}:{node.lineno}: os.{name}"


def readers(source: Source) -> Iterator[str]:
    """Places that read or change the process environment."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr=name) if name in READS:
                yield f"{source.path}:{node.lineno}: os.{name}"
            case ast.ImportFrom(module="os", names=names):
                yield from (f"{source.path}:{node.lineno}: from os import {one.name}" for one in names if one.name in READS)


def undocumented(source: Source) -> Iterator[str]:
    """A module without a first line that says what it is."""
    if not ast.get_docstring(source.tree):
        yield source.path


@pytest.mark.parametrize(("rule", "everywhere"), [
    (shells, sources(*PRODUCT, "tests")),
    (readers, tuple(source for source in sources(*PRODUCT) if not source.is_below("kernel/config"))),
    (undocumented, sources(*PRODUCT, "tests")),
])
def test_no_file_breaks_it(rule: Callable[[Source], Iterator[str]], everywhere: tuple[Source, ...]) -> None:
    assert everywhere
    assert [place for source in everywhere for place in rule(source)] == []


@pytest.mark.parametrize(("rule", "text"), [
    (shells, "run(x, shell=True)"),
    (shells, "run(x, shell=flag)"),
    (shells, "import os\nos.system(x)"),
    (readers, "import os\nos.environ['HOME']"),
    (readers, "from os import getenv"),
    (undocumented, "x = 1"),
])
def test_a_breach_is_seen(rule: Callable[[Source], Iterator[str]], text: str) -> None:
    assert len(list(rule(Source("kernel/flows/x.py", text)))) == 1


def test_every_package_says_what_it_is() -> None:
    packages = {source.path.rpartition("/")[0] for source in sources(*PRODUCT)}
    described = {source.path.rpartition("/")[0] for source in sources(*PRODUCT) if source.path.endswith("/__init__.py")}
    assert packages == described


def test_a_long_file_has_a_reason() -> None:
    long = {source.path: lines for source in sources(*PRODUCT, "tests") if (lines := source.text.count("\n")) > LONGEST}
    assert {path: lines for path, lines in long.items() if path not in LONGER} == {}
    assert set(LONGER) <= set(long), "a reason for a file that is not long (any more)"


def test_no_file_is_a_drawer() -> None:
    assert [source.path for source in sources(*PRODUCT, "tests") if DRAWERS.search(source.path)] == []
    assert all(map(DRAWERS.search, ("kernel/utils.py", "kernel/air/sql_helpers.py", "kernel/common/x.py")))
