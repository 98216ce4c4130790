"""Dialectless: outside the adapters and the kinds, no code knows the name of a server. Comments and docstrings may."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.shape.source import PRODUCT, Source, sources

ENGINE = re.compile(r"postgres|psycopg|mysql|maria_?db|sqlite|duckdb", re.IGNORECASE)
MAY_KNOW = ("kernel/udr/adapters", "kernel/kinds")


def names(source: Source) -> Iterator[str]:
    """Every place in the code, or the file's own name, that names an engine."""
    if ENGINE.search(source.path):
        yield f"{source.path}: the file's name"
    for line, word in source.words():
        if ENGINE.search(word):
            yield f"{source.path}:{line}: {word}"


def test_no_engine_is_named() -> None:
    assert [name for source in sources(*PRODUCT) if not source.is_below(*MAY_KNOW) for name in names(source)] == []


def test_a_name_is_seen_wherever_it_hides() -> None:
    text = '\n'.join([
        'if server.is_mysql: pass',
        'label = "PostgreSQL"',
        'url = f"{scheme}-sqlite-{path}"',
        'def to_mariadb() -> None: pass',
        'from x import duckdb',
        'x = ("one", """two',
        'postgres""")',
    ])
    assert [place.split(":")[1] for place in names(Source("kernel/flows/x.py", text + "\n"))] == ["1", "2", "3", "4", "5", "6"]
    assert list(names(Source("kernel/flows/mysql.py", ""))) == ["kernel/flows/mysql.py: the file's name"]


def test_comments_and_docstrings_may_explain() -> None:
    text = '"""PostgreSQL says so."""\n\n\ndef f() -> None:\n    """On SQLite too."""  # and MySQL\n\n\nclass C:\n    """MariaDB."""\n'
    assert list(names(Source("kernel/flows/x.py", text))) == []
