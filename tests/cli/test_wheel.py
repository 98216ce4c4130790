"""The wheel is whole: built, installed far from the checkout, it tells the whole story with nothing but what it brought."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.shape.source import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


def run(argv: Sequence[str | Path], folder: Path, **variables: str) -> str:
    """Run a program with the variables that every process needs and these, and nothing of the checkout's environment."""
    clean = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_")) or name.endswith(("_proxy", "_PROXY"))}
    environment = {**clean, "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **variables}
    done = subprocess.run(argv, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution and not from the checkout: so that one is whole too."""
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--outdir", folder, ROOT], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and what it depends on, no extras."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=True)
    run([place / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel], place)
    return place / "bin"


def test_it_holds_every_file_of_the_product_and_no_other(wheel: Path) -> None:
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    listed = subprocess.run(["git", "ls-files", "kernel", "sqlx_cli", "templates"], cwd=ROOT, capture_output=True, text=True, check=True)
    expected = {name.replace("templates/", "kernel/templates/", 1) if name.startswith("templates/") else name
                for name in listed.stdout.split("\n") if name and (ROOT / name).exists()}
    assert expected <= names
    assert {name.partition("/")[0] for name in names} == {"kernel", "sqlx_cli"}


def test_the_licence_goes_with_it(wheel: Path) -> None:
    archive = ZipFile(wheel)
    (licence,) = (name for name in archive.namelist() if name.endswith("/licenses/LICENSE"))
    assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_what_runs_is_what_was_installed(installed: Path, tmp_path: Path) -> None:
    show = "import kernel, sqlx_cli\nfrom kernel.config.packaged import templates\nprint(kernel.__file__, sqlx_cli.__file__, templates(), sep='\\n')"
    code, commands, templates = run([installed / "python", "-c", show], tmp_path).splitlines()
    assert all(path.startswith(str(installed.parent)) for path in (code, commands, templates))
    assert sorted(path.name for path in Path(templates).iterdir()) == sorted(path.name for path in (ROOT / "templates").iterdir())


@pytest.mark.parametrize("name", ["sqlx", "nsqlx"])
def test_both_names_answer(installed: Path, name: str, tmp_path: Path) -> None:
    version = run([installed / "python", "-c", "import kernel; print(kernel.__version__)"], tmp_path).strip()
    assert version in run([installed / name, "--version"], tmp_path)


def test_the_demo_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run([installed / "sqlx", "demo"], tmp_path, HOME=str(home))
    assert list(tmp_path.iterdir()) == [home], "the demo leaves nothing in the folder that it is called from"
