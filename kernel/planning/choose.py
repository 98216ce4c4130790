"""Choosing a strategy for a delta: the simplest one that this server was seen to do and whose blocking fits the lock budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kernel.core.errors import NoStrategy
from kernel.core.evidence import CapabilityMatrix, Evidence
from kernel.core.node import Node, NodeId
from kernel.core.strategy import Choice, PassedOver, Strategy
from kernel.kinds._spec import Kind, Scene

Render = Callable[[], Strategy | None]

OVER_BUDGET = ", which is over the lock budget"

CATALOG_US = 10_000
SCAN_US_PER_ROW = 0.6
REWRITE_US_PER_ROW = 3.4
"""The slowest figures seen on nine servers (docs/measurements.md): until this server's own slopes are known, the worst is assumed."""


@dataclass(frozen=True)
class Budget:
    """For how long others may be kept waiting, in microseconds."""

    blocked_writes_us: int = 200_000
    blocked_reads_us: int = 50_000

    def fits(self, cost: Cost) -> bool:
        return cost.writes_us <= self.blocked_writes_us and cost.reads_us <= self.blocked_reads_us


@dataclass(frozen=True)
class Cost:
    """For how long writers and readers are kept waiting, at the worst that is known."""

    writes_us: int
    reads_us: int

    @property
    def words(self) -> str:
        who = [f"writes {_seconds(self.writes_us)}" if self.writes_us else "", f"reads {_seconds(self.reads_us)}" if self.reads_us else ""]
        return "blocks " + " and ".join(one for one in who if one) if any(who) else "blocks nobody"


def _seconds(microseconds: int) -> str:
    return f"{microseconds / 1e6:.1f} s" if microseconds >= 100_000 else f"{max(1, microseconds // 1000)} ms"


def cost(evidence: Evidence, rows: int) -> Cost:
    """What the evidence means for a table of this many rows; what is not known counts as the worst."""
    per_row = REWRITE_US_PER_ROW if evidence.rewrites is not False else SCAN_US_PER_ROW if evidence.scans is not False else 0.0
    held = CATALOG_US + int(per_row * max(rows, 0))
    return Cost(held if evidence.blocks_writes is not False else 0, held if evidence.blocks_reads is not False else 0)


@dataclass
class Chooser:
    """What choosing needs to know.

    `vetoes` are strategies that were tried on a twin for this very object and did not arrive. `cleared` are (capability, object):
    a twin showed that the object must not be there while the strategy runs.
    """

    kinds: Mapping[str, Kind]
    matrix: CapabilityMatrix
    rows: Mapping[NodeId, int] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    vetoes: dict[tuple[NodeId, str], str] = field(default_factory=dict)
    cleared: set[tuple[str, NodeId]] = field(default_factory=set)

    def of(self, node: Node | NodeId) -> Kind:
        return self.kinds[node.kind if isinstance(node, NodeId) else node.id.kind]

    @property
    def rebuilds(self) -> bool:
        """Some objects are changed here by making them anew."""
        return any(self.granted(f"{kind.name}.rebuild.{move.__name__}") for kind in self.kinds.values() for move in kind.rebuild)

    def add(self, node: Node, scene: Scene) -> Choice | None:
        return self._best(node.id, "add", self.of(node).add, lambda make: make(node, scene))

    def drop(self, node: Node, scene: Scene) -> Choice | None:
        return self._best(node.id, "drop", self.of(node).drop, lambda make: make(node, scene))

    def rename(self, before: Node, after: Node, scene: Scene) -> Choice | None:
        """What was refused on the way there is refused on the way back as well."""
        there = {way: why for (id, way), why in self.vetoes.items() if id == after.id and way.startswith("rename.")}
        self.vetoes.update({(before.id, way): why for way, why in there.items()})
        return self._best(before.id, "rename", self.of(before).rename, lambda move: move(before, after, scene))

    def change(self, before: Node, after: Node, attribute: str, scene: Scene) -> Choice | None:
        moves = self.of(before).change.get(attribute, ())
        return self._best(before.id, f"change.{attribute}", moves, lambda move: move(before, after, scene))

    def rebuild(self, before: Node, after: Node, scene: Scene) -> Choice | None:
        return self._best(before.id, "rebuild", self.of(before).rebuild, lambda move: move(before, after, scene))

    def granted(self, capability: str) -> bool:
        return self.matrix.granted(capability)

    def _best(self, id: NodeId, slot: str, moves: Iterable[Callable[..., Strategy | None]], render: Callable[..., Strategy | None]) -> Choice | None:
        """The first that fits the budget, else the one that blocks least; None where none works here."""
        passed: list[PassedOver] = []
        possible: list[tuple[Strategy, str, Cost]] = []
        for move in moves:
            capability = f"{id.kind}.{slot}.{move.__name__}"
            if why := self._refusal(id, slot, capability):
                passed += [PassedOver(move.__name__, why)] if self._has_answered(id, slot, capability) else []
                continue
            strategy = render(move)
            if strategy is None:
                continue
            missing = [one for one in strategy.needs if not self.granted(one)]
            if missing:
                passed.append(PassedOver(strategy.name, f"needs {missing[0]}: {self.matrix[missing[0]].reason}"))
                continue
            possible.append((strategy, capability, cost(self.matrix[capability], self._rows_of(id, strategy))))
        if not possible:
            return None
        fitting = [one for one in possible if self.budget.fits(one[2])]
        strategy, capability, price = fitting[0] if fitting else min(possible, key=lambda one: (one[2].reads_us + one[2].writes_us))
        for other, _, its in possible:
            if other is not strategy:
                why = its.words if not self.budget.fits(its) else f"{its.words}; a simpler one fits the budget"
                passed.append(PassedOver(other.name, why))
        rows = self._rows_of(id, strategy)
        about = f" on {rows} rows" if rows > 0 else ""
        return Choice(strategy, capability, tuple(passed), f"{price.words}{about}" + ("" if fitting else OVER_BUDGET))

    def _refusal(self, id: NodeId, slot: str, capability: str) -> str:
        veto = self.vetoes.get((id, capability.partition(".")[2]))
        if veto:
            return veto
        return "" if self.granted(capability) else self.matrix[capability].reason

    def _has_answered(self, id: NodeId, slot: str, capability: str) -> bool:
        """The server has said something about it; else it is no way at all where things are said as they are here."""
        return (id, capability.partition(".")[2]) in self.vetoes or self.matrix[capability].accepted is not None

    def _rows_of(self, id: NodeId, strategy: Strategy) -> int:
        """Of the object's table, and of those of all that the strategy turns over as well."""
        tables = {NodeId("table", one.path[:2]) for one in (id, *strategy.covers) if len(one.path) > 1}
        return sum(self.rows.get(one, 0) for one in tables)

    def price(self, choice: Choice, id: NodeId) -> Cost:
        return cost(self.matrix[choice.capability], self._rows_of(id, choice.strategy))

    def in_the_way(self, capability: str, user: NodeId) -> bool:
        """This server does not let the object stand on what the strategy changes: as learned, or as a twin showed."""
        beside = f"{capability}@{user.kind}"
        learned = self.matrix[beside].accepted is not None and not self.granted(beside)
        return learned or (capability, user) in self.cleared

    def clear(self, capability: str, users: Iterable[NodeId]) -> bool:
        """These go out of the way first; False if all of them did before."""
        new = {(capability, one) for one in users} - self.cleared
        self.cleared |= new
        return bool(new)

    def veto(self, id: NodeId, capability: str, why: str) -> bool:
        """Never again for this object; False if it was vetoed before."""
        key = (id, capability.partition(".")[2])
        if key in self.vetoes:
            return False
        self.vetoes[key] = why
        return True

    def tried(self, id: NodeId) -> tuple[PassedOver, ...]:
        """The ways that were refused for this very object."""
        return tuple(PassedOver(way, why) for (one, way), why in self.vetoes.items() if one == id)

    def refused(self, id: NodeId, what: str, slots: Iterable[str]) -> NoStrategy:
        """The error that lists every way and why it is closed."""
        kind = self.of(id)
        lines = []
        for slot in slots:
            verb, _, attribute = slot.partition(".")
            moves = kind.change.get(attribute, ()) if verb == "change" else getattr(kind, verb)
            for move in moves:
                lines.append(f"{slot}.{move.__name__}: {self._refusal(id, slot, f'{id.kind}.{slot}.{move.__name__}') or 'cannot express it'}")
        return NoStrategy(f"no way to {what} {id.kind.replace('_', ' ')} {id.label} on this server", where=str(id),
                          why="; ".join(lines) or "sqlx knows none", next="change it by hand, or plan with a twin that can: --twin URL")
