"""`sqlx --help` and `--version` answer at once: nothing heavy is imported before a command needs it."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from tests.shape.source import ROOT

HEAVY = {"cryptography", "git", "gitdb", "jinja2", "keyring", "opentelemetry", "psycopg", "pymysql", "ruamel", "sqlglot", "sqlite3"}
CALL = "from sqlx_cli.main import main; code = main(sys.argv[1:])"
SHOW = f"""
import sys
try:
    {CALL}
except SystemExit as end:
    code = end.code
print("code", code, "modules", *sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_nothing_heavy_is_loaded(option: str) -> None:
    done = subprocess.run([sys.executable, "-c", SHOW, option], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    head, _, modules = done.stderr.splitlines()[-1].partition(" modules ")
    assert head in ("code 0", "code None")
    assert ({"click", "sqlx_cli"} if option == "--help" else {"sqlx_cli"}) <= set(modules.split())
    assert set(modules.split()) & HEAVY == set()
    assert done.stdout


def seconds(*argv: str) -> float:
    """The least CPU time, user and system, of ten runs of this program."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *argv], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(10))


def test_the_version_costs_less_than_a_tenth_of_a_second() -> None:
    bare = seconds("-c", "pass")
    asked = seconds("-c", f"import sys; {CALL}", "--version")
    assert asked - bare < 0.1
