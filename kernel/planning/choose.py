"""Choosing a strategy for a delta: the simplest one that this server was seen to do and whose blocking fits the lock budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from kernel.core.errors import NoStrategy
from kernel.core.evidence import UNKNOWN, CapabilityMatrix, Evidence
from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Choice, PassedOver, Strategy
from kernel.kinds._spec import Kind, Scene, Way
from kernel.planning.cost import ASSUMED, CATALOG_US, COPY_US_PER_MILLION, Budget, Cost, beside, cost, lasts

OVER_BUDGET = ", which is over the lock budget"

COPY = "copy_beside_writers"

LONG_US = 1_000_000
"""From here on it is told for how long a step runs although nobody waits for it."""


@dataclass
class Chooser:
    """What choosing needs to know.

    `vetoes` are strategies that were tried on a twin for this very object and did not arrive. `cleared` are (capability, object):
    a twin showed that the object must not be there while the strategy runs. `spelled`: an object that is not as it was foreseen to be
    after something else got another name, by its name and digest, as the twin showed it. `seen` is what a clone of the object's own table
    showed of (object, capability). `unfit` are ways that do not apply to an object, and why. `hoping`: what was not seen there yet is taken to
    change the catalog alone, so that the simplest way is tried there. `bounds` are tables that have `rows` at most: nobody counted them.
    `no_copy` says of tables why no copy of them can take their place beside others.
    """

    kinds: Mapping[str, Kind]
    matrix: CapabilityMatrix
    rows: Mapping[NodeId, int] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    vetoes: dict[tuple[NodeId, str], str] = field(default_factory=dict)
    cleared: set[tuple[str, NodeId]] = field(default_factory=set)
    spelled: dict[tuple[NodeId, str], Node] = field(default_factory=dict)
    seen: dict[tuple[NodeId, str], Evidence] = field(default_factory=dict)
    unfit: dict[tuple[NodeId, str], str] = field(default_factory=dict)
    hoping: bool = False
    no_copy: dict[NodeId, str] = field(default_factory=dict)
    bounds: frozenset[NodeId] = frozenset()

    def of(self, node: Node | NodeId) -> Kind:
        return self.kinds[node.kind if isinstance(node, NodeId) else node.id.kind]

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
        """Beside others, where it would keep them waiting for too long and that can be had."""
        def plainly() -> Choice | None:
            return self._best(before.id, "rebuild", self.of(before).rebuild, lambda move: move(before, after, scene))
        plain = plainly()
        if plain is None or not plain.why.endswith(OVER_BUDGET):
            return plain
        return self.copy(before, after, scene, (PassedOver(plain.strategy.name, plain.why),)) or plainly()

    def copy(self, before: Node, after: Node, scene: Scene, instead: tuple[PassedOver, ...]) -> Choice | None:
        """A copy that is kept in step and takes its place, if it fits the budget; else why it does not is told of every way over it."""
        found = self._best(before.id, "rebuild", self.of(before).copy, lambda move: move(before, after, scene), closed := list[PassedOver]())
        if found and not found.why.endswith(OVER_BUDGET):
            return replace(found, passed_over=(*instead, *found.passed_over))
        if found or closed:
            self.no_copy[before.id] = found.why if found else closed[0].why
        return None

    def without(self, part: Node | None, catalog: Catalog) -> Node | None:
        """What the object is part of, where that can do without it for a while."""
        owner = catalog.get(part.parent) if part is not None and part.parent is not None else None
        return owner if owner is not None and part is not None and self.of(owner).ease(owner, frozenset({part.id})) else None

    def granted(self, capability: str) -> bool:
        """It was seen to work, or nobody could see it before the twin of this plan does."""
        kind, _, way = capability.partition(".")
        untold = kind in self.kinds and way.rpartition(".")[0] in self.kinds[kind].untold
        return self.matrix.granted(capability) or (untold and self.matrix[capability].accepted is None)

    def _best(self, id: NodeId, slot: str, moves: Iterable[Way], render: Callable[[Way], Strategy | PassedOver | None],
              passed: list[PassedOver] | None = None) -> Choice | None:
        """The first that fits the budget, else the one that blocks least; None where none works here. `passed` gathers the others."""
        passed, unfit = [] if passed is None else passed, list[PassedOver]()
        possible: list[tuple[Strategy, str, Cost]] = []
        for move in moves:
            capability = f"{id.kind}.{slot}.{move.__name__}"
            if why := self._refusal(id, slot, capability):
                passed += [PassedOver(move.__name__, why)] if self._has_answered(id, slot, capability) else []
                continue
            strategy = render(move)
            if not isinstance(strategy, Strategy):
                unfit += [strategy] if strategy else []
                continue
            missing = [one for one in strategy.needs if not self.granted(one)]
            if missing:
                passed.append(PassedOver(strategy.name, f"needs {missing[0]}: {self.matrix[missing[0]].reason}"))
                continue
            possible.append((self.minding(strategy), capability, self.cost(id, capability, strategy)))
        self.unfit.update({(id, f"{slot}.{one.name}"): one.why for one in unfit})
        if not possible:
            passed += unfit
            return None
        fitting = [one for one in possible if self.budget.fits(one[2])]
        strategy, capability, price = fitting[0] if fitting else min(possible, key=lambda one: one[2].waits_us)
        passed += [PassedOver(other.name, self._against(its, price)) for other, _, its in possible if other is not strategy]
        rows, guessed = self._rows_of(id, strategy), bool(self.tables_of(id, strategy) & self.bounds)
        passed += unfit if not fitting else []
        passed += [self._without_copy(id, rows)] if not fitting and len(id.path) > 1 and rows > 0 else []
        why = self._why(price, f"{'up to ' if guessed else ''}{rows} rows" if rows > 0 else "", self.evidence(id, capability).where)
        return Choice(strategy, capability, tuple(passed), why + ("" if fitting else OVER_BUDGET))

    def _without_copy(self, id: NodeId, rows: int) -> PassedOver:
        """The way that is left where no other fits, and why it is not taken either."""
        takes = lasts(COPY_US_PER_MILLION * rows // 1_000_000)
        why = self.no_copy.get(NodeId("table", id.path[:2]), "sqlx does not run it here")
        return PassedOver(COPY, f"a copy of the table that is kept in step and then takes its place would run for about {takes} and block"
                          f" for {lasts(CATALOG_US)}; {why}")

    def cost(self, id: NodeId, capability: str, strategy: Strategy) -> Cost:
        """For how long others wait for this very object. How the cost grows is timed where it could tell about the budget, and there alone."""
        evidence, rows = self.evidence(id, capability), self._rows_of(id, strategy)
        at_worst = cost(evidence, rows, beside(strategy), in_pieces=bool(strategy.pieces))
        if at_worst.basis != ASSUMED or self.budget.fits(at_worst):
            return at_worst
        return cost(self.matrix.timed(capability, evidence), rows, beside(strategy), in_pieces=bool(strategy.pieces))

    def of_saving(self, id: NodeId, strategy: Strategy) -> Cost:
        """Rows copied aside keep nobody waiting; for how long that runs."""
        timed = self.seen.get((id, ""), UNKNOWN)
        seen = Evidence(blocks_reads=False, blocks_writes=False, rewrites=False, scans=False, runs_us_fixed=timed.runs_us_fixed,
                        runs_us_per_million=timed.runs_us_per_million)
        return cost(seen, self._rows_of(id, strategy), beside(strategy) or COPY_US_PER_MILLION, in_pieces=bool(strategy.pieces))

    def _why(self, price: Cost, rows: str, where: str) -> str:
        because = price.because(self.matrix.server.get("version", "").partition(" on ")[0])
        about = (f" on {rows}" if rows else "") + (f", rehearsed on {where}" if where else "")
        return f"{price.words}{about}{runs(price)}" + (f" ({because})" if because else "")

    def _against(self, its: Cost, taken: Cost) -> str:
        """What speaks against a way that works here too."""
        if self.budget.fits(its):
            return f"{its.words}; a simpler one fits the budget"
        return f"{its.words}: more than {self.budget.words}" + ("" if self.budget.fits(taken) else ", and more than the one taken")

    def minding(self, strategy: Strategy) -> Strategy:
        """The strategy, without the checks for rows that this server finds a way with by itself."""
        return replace(strategy, checks=tuple(one for one in strategy.checks if not (one.unless and self.granted(one.unless))))

    def evidence(self, id: NodeId, capability: str) -> Evidence:
        """What is known of a capability for this object: as a clone of its table showed, else as learned."""
        known = self.seen.get((id, capability))
        if known is None and self.hoping:
            return replace(self.matrix[capability], rewrites=False, scans=False)
        return known or self.matrix[capability]

    def _refusal(self, id: NodeId, slot: str, capability: str) -> str:
        veto = self.vetoes.get((id, capability.partition(".")[2]))
        if veto:
            return veto
        return "" if self.granted(capability) else self.matrix[capability].reason

    def _has_answered(self, id: NodeId, slot: str, capability: str) -> bool:
        """The server has said something about it; else it is no way at all where things are said as they are here."""
        return (id, capability.partition(".")[2]) in self.vetoes or self.matrix[capability].accepted is not None

    def _rows_of(self, id: NodeId, strategy: Strategy) -> int:
        return sum(self.rows.get(one, 0) for one in self.tables_of(id, strategy))

    def tables_of(self, id: NodeId, strategy: Strategy) -> frozenset[NodeId]:
        """The object's table, and those of all that the strategy turns over as well."""
        return strategy.over | {NodeId("table", one.path[:2]) for one in (id, *strategy.covers) if len(one.path) > 1}

    def price(self, choice: Choice, id: NodeId) -> Cost:
        return self.cost(id, choice.capability, choice.strategy)

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
                way = f"{slot}.{move.__name__}"
                lines.append(f"{way}: {self._refusal(id, slot, f'{id.kind}.{way}') or self.unfit.get((id, way), 'cannot express it')}")
        owner = NodeId("table", id.path[:2])
        lines += [f"{one.name} of {owner}: {one.why}" for one in self.tried(owner)] if owner != id else []
        return NoStrategy(f"no way to {what} {id.kind.replace('_', ' ')} {id.label} on this server", where=str(id),
                          why="; ".join(lines) or "sqlx knows none", next="change it by hand, or plan with a twin that can: --twin URL")


def runs(price: Cost) -> str:
    """For how long others go on beside it, where that is worth telling."""
    return f", runs for about {lasts(price.takes_us)} beside them" if price.takes_us > max(price.waits_us, LONG_US) else ""
