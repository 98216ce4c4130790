"""Finding out what a server can do, by doing it in a scratch place and looking.

    see the before-state -> run the statement -> read the fact back -> compare -> watch from a second session -> sweep up

Every strategy of every kind is its own probe: it is rehearsed on the kind's samples. What a server accepts and does not do
counts as no; what could not be seen counts as unknown, and unknown counts as no.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from kernel.core.errors import Gone, ServerError, SqlxError
from kernel.core.evidence import UNKNOWN, Evidence
from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Kind, Sample, Scene, Way, expressed
from kernel.planning.introspect import introspect
from kernel.planning.ports import Session
from kernel.planning.rows import fill
from kernel.planning.watching import settings, watched


@dataclass(frozen=True)
class Probe:
    """One strategy to be rehearsed on one sample; `render` makes its statements from the two catalogs as they were read."""

    sample: Sample
    render: Callable[[Scene], Strategy | None]


def probes(kinds: Mapping[str, Kind], schema: str) -> Mapping[str, tuple[Probe, ...]]:
    """Every rehearsal that the kinds which can be read ask for, by capability.

    A kind may tell what its objects mean for those that they hang on: the sample is then about an object of another kind.
    """
    found: dict[str, list[Probe]] = {}
    for kind in kinds.values():
        for sample in kind.samples(schema) if kind.reads else ():
            of = kinds.get(sample.subject.kind, kind)
            for move in slot(of, sample.slot):
                if sample.ways and move.__name__ not in sample.ways:
                    continue
                capability = f"{of.name}.{sample.slot}.{move.__name__}" + (f"@{sample.beside}" if sample.beside else "")
                found.setdefault(capability, []).append(Probe(sample, _renderer(sample, move)))
    return {capability: tuple(listed) for capability, listed in found.items()}


def slot(kind: Kind, name: str) -> tuple[Way, ...]:
    """The strategies of a slot: `add`, `drop`, `rename`, `rebuild` or `change.<attribute>`."""
    verb, _, attribute = name.partition(".")
    if verb == "change":
        return kind.change.get(attribute, ())
    slots: dict[str, tuple[Way, ...]] = {
        "add": kind.add, "drop": kind.drop, "rename": kind.rename, "rebuild": kind.rebuild + kind.copy}
    return slots[verb]


def _renderer(sample: Sample, move: Way) -> Callable[[Scene], Strategy | None]:
    verb = sample.slot.partition(".")[0]

    def render(scene: Scene) -> Strategy | None:
        if verb in ("add", "drop"):
            node = (scene.after if verb == "add" else scene.before).get(sample.subject)
            return expressed(move, node, scene) if node else None
        before, after = scene.before.get(_subject_before(sample)), scene.after.get(sample.subject)
        return expressed(move, before, after, scene) if before and after else None
    return render


def _subject_before(sample: Sample) -> NodeId:
    """What the subject is called before: another name where the sample is about renaming."""
    if sample.slot != "rename":
        return sample.subject
    after = {one.id for one in sample.after}
    gone = [one.id for one in sample.before if one.id.kind == sample.subject.kind and one.id not in after]
    return gone[0] if gone else sample.subject


class Learner:
    """Plays the probes in one scratch place; `kinds` have but the read that this server answers."""

    def __init__(self, scratch: Session, kinds: Mapping[str, Kind]) -> None:
        self.scratch, self.kinds = scratch, kinds
        self.q = scratch.adapter.q
        self._states: dict[tuple[tuple[Node, ...], frozenset[str]], Catalog | SqlxError] = {}
        self._now: tuple[tuple[Node, ...], int] | None = None
        self.telling = max(2, getattr(scratch.adapter, "rows_that_tell", 1))
        self.other = scratch.adapter.beside(scratch)
        self._commits = False  # a statement was seen to end its transaction: the next one may do so too, and need not be tried twice
        self._links = {kind.name for kind in kinds.values() if not kind.attributes}

    def close(self) -> None:
        self.other.close()

    def fact(self, listed: Iterable[Probe]) -> Evidence:
        """What the rehearsals of one capability show, taken together."""
        found: Evidence | None = None
        for probe in listed:
            evidence = self.rehearse(probe)
            if evidence is not None:
                found = _worse(found, evidence)
        return found or UNKNOWN

    def rehearse(self, probe: Probe) -> Evidence | None:
        """What the server did; None where the strategy has nothing to say about this sample."""
        staged = self.staged(probe)
        return staged if staged is None or isinstance(staged, Evidence) else self._play(probe.sample, *staged)

    def staged(self, probe: Probe) -> tuple[Catalog, Catalog, Strategy] | Evidence | None:
        """Where the story begins and ends, as this server holds it, and the strategy between; or why it cannot be played."""
        sample = probe.sample
        desired = self._state(sample.after, sample)
        base = self._state(sample.before, sample)
        for state, which in ((desired, "after"), (base, "before")):
            if isinstance(state, SqlxError):
                return Evidence(says=f"the state {which} it cannot be made here: {state.what}", sqlstate=getattr(state, "sqlstate", ""))
        assert isinstance(desired, Catalog)
        assert isinstance(base, Catalog)
        if base == desired:
            return Evidence(says="before and after look the same here: it cannot be seen whether it works")
        missing = _not_declared(sample.after, desired)
        if missing:
            return Evidence(accepted=True, arrived=False, says=f"accepted, and {missing} is not what was asked for")
        strategy = probe.render(Scene(self.q, base, desired, desired))
        return None if strategy is None else (base, desired, strategy)

    def _play(self, sample: Sample, base: Catalog, desired: Catalog, strategy: Strategy) -> Evidence:
        began = time.monotonic()
        tables = [one.id for one in sample.before if one.id.kind == "table"]
        try:
            transactional = None if strategy.apart or self._commits else self._comes_back(sample, base, strategy)
            self.make(sample.before, rows=self.telling)
            self.forget()
            seen = watched(self.scratch, self.other, tables, strategy)
            self._commits |= seen.commits
            arrived = self._read(sample) == desired
            if transactional is None:
                transactional = not (strategy.apart or seen.commits) and self._comes_back(sample, base, strategy)
        except Gone:
            raise
        except ServerError as error:
            return Evidence(accepted=False, says=error.what, sqlstate=error.sqlstate, understood=None if error.understood else False)
        return Evidence(True, arrived, transactional, seen.blocks_reads, seen.blocks_writes, seen.rewrites, seen.scans, seen.locks,
                        microseconds=int((time.monotonic() - began) * 1e6))

    def _comes_back(self, sample: Sample, base: Catalog, strategy: Strategy) -> bool:
        """Run it, roll back: is everything as it was?"""
        self.make(sample.before)
        with settings(self.scratch, strategy):
            try:
                self.scratch.begin()
                for statement in strategy.statements:
                    self.scratch.run(statement)
            except ServerError as error:
                self.scratch.rollback()
                return error.sqlstate not in ("25001",) and self._is(base, sample)
            self.scratch.rollback()
        return self._is(base, sample)

    def _is(self, base: Catalog, sample: Sample) -> bool:
        """The place holds what the sample begins with; what it holds else is forgotten."""
        if self._read(sample) == base:
            return True
        self.forget()
        return False

    def _state(self, nodes: tuple[Node, ...], sample: Sample) -> Catalog | SqlxError:
        """These objects as the server itself would hold them, or why it cannot."""
        key = (nodes, _kinds_of(sample))
        if key not in self._states:
            try:
                self.make(nodes)
                self._states[key] = self._read(sample)
            except Gone:
                raise
            except SqlxError as error:
                self._states[key], self._now = error, None
        return self._states[key]

    def _read(self, sample: Sample) -> Catalog:
        return introspect(self.scratch, self.kinds, only=_kinds_of(sample) | self._links).catalog

    def forget(self) -> None:
        """The place does not hold what was made there last."""
        self._now = None

    def make(self, nodes: tuple[Node, ...], rows: int = 2) -> None:
        """An empty place, then these objects, then a few rows in each table: as many as asked for, where they fit."""
        if self._now == (nodes, rows):
            return
        self._now = None
        try:
            self._make_all(nodes, rows, simplest_first=True)
        except Gone:
            raise
        except ServerError:
            self._make_all(nodes, rows, simplest_first=False)
        self._now = nodes, rows

    def _make_all(self, nodes: tuple[Node, ...], rows: int, *, simplest_first: bool) -> None:
        """By the simplest strategies, or by those that make the most at once."""
        self.scratch.adapter.empty(self.scratch)
        catalog = Catalog(nodes)
        done: set[NodeId] = set()
        for kind in self.kinds.values():
            for node in nodes:
                if node.id.kind == kind.name and node.id not in done:
                    done |= {node.id, *self._add(kind.add if simplest_first else kind.add[::-1], node, catalog)}
        if rows > 2:
            fill(self.scratch, catalog, rows)
            return
        for node in nodes:
            if node.id.kind == "table":
                self._fill(node, catalog)

    def _add(self, makes: Iterable[Way], node: Node, catalog: Catalog) -> frozenset[NodeId]:
        """By the first strategy that the server takes; what else that one made."""
        first: ServerError | None = None
        for make in makes:
            strategy = expressed(make, node, Scene(self.q, Catalog(), catalog, catalog))
            if strategy is None:
                continue
            try:
                with settings(self.scratch, strategy):
                    for statement in strategy.statements:
                        self.scratch.run(statement)
                return strategy.covers
            except Gone:
                raise
            except ServerError as error:
                first = first or error
        raise first or ServerError(f"nothing makes a {node.id.kind}")

    def _fill(self, table: Node, catalog: Catalog) -> None:
        """Two rows that fit, where they do."""
        columns = [one for one in catalog.children(table.id, "column") if not one.text("generated") and not one.text("identity")]
        names = ", ".join(self.q.name(one.name) for one in columns)
        for number in (1, 2):
            values = ", ".join(f"'{number}'" if "char" in one.text("type") or "text" in one.text("type") else str(number) for one in columns)
            with contextlib.suppress(ServerError):
                self.scratch.run(f"INSERT INTO {self.q.name(*table.id.path)} ({names}) VALUES ({values})")


def _kinds_of(sample: Sample) -> frozenset[str]:
    return frozenset(one.id.kind for one in sample.before + sample.after)


def _not_declared(nodes: Iterable[Node], catalog: Catalog) -> str:
    """An attribute that was asked for and is not there, as `unique of index:...`; "" if all is well."""
    for node in nodes:
        found = catalog.get(node.id)
        if found is None:
            continue
        for name, value in node.attributes.items():
            plain = isinstance(value, bool) or name in ("columns", "comment")
            if plain and name in found.attributes and value not in (found[name], None) and name != "nullable":
                return f"{name} of {node.id}"
            if plain and value and name not in found.attributes and name != "definition":
                return f"{name} of {node.id}"
    return ""


def _worse(one: Evidence | None, other: Evidence) -> Evidence:
    """Two samples for one capability: it works if any shows it, and its cost is the greater one."""
    if one is None or not one.granted:
        return other if other.accepted is not None or one is None or one.accepted is None else one
    if not other.granted:
        return one
    return replace(one, blocks_reads=_either(one.blocks_reads, other.blocks_reads), blocks_writes=_either(one.blocks_writes, other.blocks_writes),
                   rewrites=_either(one.rewrites, other.rewrites), scans=_either(one.scans, other.scans),
                   transactional=bool(one.transactional and other.transactional))


def _either(one: bool | None, other: bool | None) -> bool | None:
    return None if one is None or other is None else one or other
