"""What the fault tests share: a database with rows, a plan of ten steps or more for it, and what both states look like from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.knowledge import make
from tests.observer import Contents, Observer, State, bags, differences, observer
from tests.product import done
from tests.servers.databases import RealServer, scratch

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Ground:
    """One server: a plan, and the states before and after it. The plan fits every database that `fresh` makes."""

    server: RealServer
    plan: Path
    before: State
    after: State
    rows: Contents

    def is_before(self, here: Observer) -> str:
        """"" if all is as it was, rows and all; else what is not."""
        if says := differences(here.state(), self.before):
            return says
        return "" if bags(here.contents()) == bags(self.rows) else "the rows are not what they were"

    def is_after(self, here: Observer) -> str:
        """"" if it is as desired, and no row of what stayed is gone."""
        if says := differences(here.state(), self.after):
            return says
        now = here.contents()
        gone = [name for name, one in self.rows.items() if name in now and len(now[name].rows) != len(one.rows)]
        return f"rows of {gone}" if gone else ""


def fill(here: Observer, base: Path = HERE / "base.yaml", rows: Path = HERE / "rows.sql") -> Observer:
    """Put the base and its rows into an empty database."""
    make(base, here.url)
    here.load(rows.read_text())
    return here


@pytest.fixture
def ground(server: RealServer, grounds: dict[str, Ground], learned: None, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The ground of this server, laid once."""
    if server.label not in grounds:
        grounds[server.label] = _lay(server, tmp_path_factory.mktemp("ground"))
    return grounds[server.label]


@pytest.fixture(scope="session")
def grounds() -> dict[str, Ground]:
    return {}


def _lay(server: RealServer, folder: Path) -> Ground:
    with scratch(server) as url, scratch(server) as other:
        here, model = fill(observer(server, url)), observer(server, other)
        done("plan:diff", "--target", url, "--desired", HERE / "desired.yaml", "--out", folder)
        make(HERE / "desired.yaml", other)
        return Ground(server, folder, here.state(), model.state(), here.contents())


@pytest.fixture
def place(ground: Ground, fresh_database: Callable[[RealServer], str]) -> Callable[[], Observer]:
    """Makes databases that hold the base and its rows."""
    return lambda: fill(observer(ground.server, fresh_database(ground.server)))
