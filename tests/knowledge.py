"""What sqlx learns of a server is learned once for all tests of a run: without this, each test would spend seconds on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.config.environment import current
from kernel.config.project import open_project
from kernel.config.redact import Redactor
from kernel.config.secret import Secrets
from kernel.flows.desired import read
from kernel.flows.learn import Facts, knowledge
from kernel.flows.ports import Ports
from kernel.planning.choose import Chooser
from kernel.planning.load import load
from tests.servers.databases import RealServer, scratch


def ports() -> Ports:
    """The edges of the program, without a project."""
    environment = current()
    return Ports(environment, Secrets(environment, Redactor()), open_project(Path("/"), environment, ""))


def make(file: Path, url: str) -> None:
    """Make what a schema file declares in an empty database, object by object and without a plan."""
    edges = ports()
    with edges.open(edges.target(url)) as session, knowledge(session, edges) as known:
        load(session, read((file,), session.adapter, known), known.kinds, Chooser(known.kinds, known.matrix))


@pytest.fixture(scope="session")
def knowledge_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """One cache folder for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / "knowledge"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def learned(clean_surroundings: Path, knowledge_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product finds what an earlier test has learned."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(knowledge_folder))


ABLE: dict[tuple[str, str], bool] = {}


@pytest.fixture
def needs(learned: None) -> Callable[..., None]:
    """Skips a test where the server was found unable to do something: `needs(server, "view.add")` is any way of adding a view."""

    def check(server: RealServer, *capabilities: str) -> None:
        for one in capabilities:
            if (server.label, one) not in ABLE:
                ABLE[server.label, one] = able(server, one)
            if not ABLE[server.label, one]:
                pytest.skip(f"needs {one}, which sqlx learned that {server.label} cannot do")

    return check


def able(server: RealServer, capability: str) -> bool:
    """The capability itself, or any strategy of it."""
    edges = ports()
    with scratch(server) as url, edges.open(edges.target(url)) as session, knowledge(session, edges) as known:
        assert isinstance(known.matrix.facts, Facts)
        return known.matrix.granted(capability) or any(one.granted for one in known.matrix.facts.learn(f"{capability}.").values())
