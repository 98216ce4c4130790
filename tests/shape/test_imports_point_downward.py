"""The layers of the design, as import contracts in pyproject.toml; and each library has one home."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shape.source import PRODUCT, ROOT, Source, sources

HOMES = {  # library -> the only places that may import it
    "click": ("sqlx_cli",),
    "cryptography": ("kernel/trust",),
    "duckdb": ("kernel/udr/adapters",),
    "git": ("kernel/ledger",),
    "gitdb": ("kernel/ledger",),
    "jinja2": ("kernel/flows", "sqlx_cli"),
    "keyring": ("kernel/config",),
    "opentelemetry": ("kernel/telemetry",),
    "psycopg": ("kernel/udr/adapters",),
    "pymysql": ("kernel/udr/adapters",),
    "rich": ("sqlx_cli",),
    "ruamel": ("kernel/air", "kernel/config"),
    "sqlglot": ("kernel/air",),
    "sqlite3": ("kernel/udr/adapters",),
}
EFFECTS = {"asyncio", "http", "io", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3", "ssl",
           "subprocess", "tempfile", "threading", "time", "urllib", "uuid"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run([program, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, check=False)


def test_the_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("module", "line"), [
    ("kernel/core/planted.py", "import kernel.air"),
    ("kernel/planning/planted.py", "import kernel.lints"),
    ("kernel/planning/planted.py", "def later() -> None:\n    import kernel.flows"),
    ("kernel/trust/planted.py", "import kernel.ledger"),
    ("kernel/flows/planted.py", "import sqlx_cli"),
    ("kernel/planted/__init__.py", ""),
])
def test_the_contracts_break_when_they_should(module: str, line: str, tmp_path: Path) -> None:
    for folder in PRODUCT:
        for source in sources(folder):
            if source.path.endswith("__init__.py"):
                write(tmp_path / source.path, "")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert lint_imports(tmp_path).returncode == 0
    write(tmp_path / module, line + "\n")
    broken = lint_imports(tmp_path)
    assert broken.returncode == 1
    assert " BROKEN" in broken.stdout


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def strays(source: Source) -> Iterator[str]:
    """Imports of a library outside its home."""
    for line, name in source.imports():
        library = name.partition(".")[0]
        if library in HOMES and not source.is_below(*HOMES[library]):
            yield f"{source.path}:{line}: {library} is imported only in {' and '.join(HOMES[library])}"


def test_each_library_has_one_home() -> None:
    assert [stray for source in sources(*PRODUCT) for stray in strays(source)] == []


def test_a_stray_library_is_seen() -> None:
    hidden = Source("kernel/flows/apply.py", "def run() -> None:\n    from psycopg.errors import Error\n")
    assert list(strays(hidden)) == ["kernel/flows/apply.py:2: psycopg is imported only in kernel/udr/adapters"]
    assert list(strays(Source("kernel/udr/adapters/pg.py", "import psycopg\n"))) == []


def test_every_library_that_is_installed_is_known_here() -> None:
    known = set(HOMES) | sys.stdlib_module_names | set(PRODUCT)
    unknown = {f"{source.path}:{line}: {name}" for source in sources(*PRODUCT) for line, name in source.imports()
               if name.partition(".")[0] not in known}
    assert unknown == set()


def test_the_core_has_no_effects() -> None:
    found = [f"{source.path}:{line}: {name}" for source in sources("kernel/core") for line, name in source.imports()
             if (top := name.partition(".")[0]) in EFFECTS or top not in {*sys.stdlib_module_names, "kernel"}]
    assert found == []
