"""The laws of plans, on an embedded database with schemas drawn from the kinds' attributes.

Whatever the two schemas: the steps lead from the one to the other, rows stay, every prefix of the steps and its way back leaves the base,
and the order in which things were written does not matter.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from kernel.core.errors import DataRefused, InputError
from kernel.core.node import Catalog
from kernel.core.plan import Step
from kernel.flows.desired import read
from kernel.flows.learn import Knowledge, knowledge
from kernel.planning.choose import Chooser
from kernel.planning.introspect import introspect
from kernel.planning.load import load, play
from kernel.planning.steps import Planner
from tests.knowledge import ports
from tests.laws.catalogs import Document, schemas
from tests.observer import SqliteObserver, differences, lost
from tests.servers.databases import RealServer

LABEL = "sqlite"


class Bench:
    """Where schemas are made and changed: files in one folder, and what is known of the server."""

    def __init__(self, folder: Path, known: Knowledge) -> None:
        self.folder, self.known = folder, known

    @contextmanager
    def opened(self, name: str) -> Iterator[Any]:
        path = self.folder / f"{name}.db"
        path.touch()
        edges = ports()
        with edges.open(edges.target(f"sqlite:///{path}")) as session:
            session.run("PRAGMA synchronous = OFF")
            yield session

    def observer(self, name: str) -> SqliteObserver:
        return SqliteObserver(RealServer(LABEL, "sqlite:///"), f"sqlite:///{self.folder / name}.db")

    def make(self, name: str, documents: Sequence[Document]) -> Catalog:
        """A new file with this schema, and what it holds as it is read back."""
        (self.folder / f"{name}.db").unlink(missing_ok=True)
        file = self.folder / f"{name}.yaml"
        file.write_text("\n---\n".join(json.dumps(one, ensure_ascii=False) for one in documents) or "[]", encoding="utf-8")
        with self.opened(name) as session:
            load(session, read((file,), session.adapter, self.known), self.known.kinds, self.chooser())
            return introspect(session, self.known.kinds).catalog

    def chooser(self) -> Chooser:
        return Chooser(self.known.kinds, self.known.matrix)

    def plan(self, base: Catalog, desired: Catalog) -> tuple[Step, ...]:
        with self.opened("any") as session:
            return Planner(self.chooser(), session.adapter.q).plan(base, desired).steps

    def fill(self, name: str) -> None:
        """Two rows in every table that takes them."""
        with closing(sqlite3.connect(self.folder / f"{name}.db")) as link:
            link.execute("PRAGMA foreign_keys = ON")
            for (table,) in link.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                columns = [row[1] for row in link.execute("SELECT * FROM pragma_table_info(?)", (table,))]
                for number in (1, 2):
                    marks = ", ".join([str(number)] * len(columns))
                    try:
                        link.execute(f"INSERT INTO {_quoted(table)} VALUES ({marks})")
                    except sqlite3.IntegrityError:
                        continue
            link.commit()

    def play(self, name: str, steps: Sequence[Step]) -> Catalog:
        """Make a copy of the base, go the steps and back again; what it then holds."""
        shutil.copy(self.folder / "base.db", self.folder / f"{name}.db")
        with self.opened(name) as session:
            for step in steps:
                play(session, step.strategy)
            for step in reversed(steps):
                for undo in step.undo:
                    play(session, undo)
            return introspect(session, self.known.kinds).catalog


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture
def bench(real_server: Callable[[str], RealServer], learned: None, tmp_path: Path) -> Iterator[Bench]:
    real_server(LABEL)
    edges = ports()
    (tmp_path / "any.db").touch()
    with edges.open(edges.target(f"sqlite:///{tmp_path / 'any.db'}")) as session, knowledge(session, edges) as known:
        yield Bench(tmp_path, known)


steady = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much])


def made(bench: Bench, name: str, documents: Sequence[Document]) -> Catalog:
    """Some drawn schemas are none (a key on a column that cannot have one): those are passed over."""
    try:
        return bench.make(name, documents)
    except InputError as error:
        if "bug" in error.why:
            raise
        reject()


@steady
@given(base=schemas(), desired=schemas(), data=st.data())
def test_every_prefix_and_its_way_back_leaves_the_base(bench: Bench, base: list[Document], desired: list[Document], data: st.DataObject) -> None:
    before, goal = made(bench, "base", base), made(bench, "goal", desired)
    bench.fill("base")
    there = bench.observer("base")
    steps = bench.plan(before, goal)
    number = data.draw(st.integers(0, len(steps)), label="steps")
    assume(not any(step.cannot_undo for step in steps[:number]))
    try:
        assert bench.play("here", steps[:number]) == before
    except DataRefused:
        reject()  # the rows are in the way of what is desired
    here = bench.observer("here")
    assert not differences(here.state(), there.state())
    if not any(step.loses for step in steps[:number]):  # what is taken away comes back in the cases, where every table has a key
        assert lost(there.contents(), here.contents()) == []


@steady
@given(base=schemas(), desired=schemas())
def test_the_steps_lead_to_the_goal_and_keep_the_rows(bench: Bench, base: list[Document], desired: list[Document]) -> None:
    before, goal = made(bench, "base", base), made(bench, "goal", desired)
    steps = bench.plan(before, goal)
    with bench.opened("base") as session:
        for step in steps:
            play(session, step.strategy)
        assert introspect(session, bench.known.kinds).catalog == goal
    assert not differences(bench.observer("base").state(), bench.observer("goal").state())
    assert bench.plan(goal, goal) == ()


def shuffled(catalog: Catalog, chance: random.Random) -> Catalog:
    """The same objects in another order; the columns of a table have one of their own, which stays."""
    nodes = [node for node in catalog.nodes if node.id.kind != "column"]
    chance.shuffle(nodes)
    return Catalog([*nodes, *catalog.of("column")])


@steady
@given(base=schemas(), desired=schemas(), seed=st.integers(0, 2**16))
def test_the_order_of_the_input_does_not_matter(bench: Bench, base: list[Document], desired: list[Document], seed: int) -> None:
    chance = random.Random(seed)
    before, goal = made(bench, "base", base), made(bench, "goal", desired)
    steps = bench.plan(before, goal)
    assert bench.plan(shuffled(before, chance), shuffled(goal, chance)) == steps
    assert made(bench, "shuffled", chance.sample(desired, len(desired))) == goal
