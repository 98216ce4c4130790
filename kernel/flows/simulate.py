"""simulate: rehearse a plan on a twin with rows like the live ones, forward, and back from every step, without the target.

build the base -> rows -> there, timed -> as desired? nothing left to do? rows kept? -> back -> as before, says an outside dump too? -> once more
under the eyes of a second session -> say what it takes on the live sizes -> sign
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kernel.config.workload import read_workload
from kernel.core import canonical
from kernel.core.address import Address
from kernel.core.errors import BadSignature, NotProven, SqlxError, UsageError
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Step
from kernel.core.statistics import TableStatistics
from kernel.core.workload import ASSUMED, PLAIN, Felt, LockRules, Workload
from kernel.flows.execute import LADDER
from kernel.flows.files import read_file, write_file
from kernel.flows.learn import Knowledge, fingerprint, knowledge
from kernel.flows.package import Package, open_package
from kernel.flows.ports import Ports
from kernel.flows.scratch import scratch
from kernel.flows.sign import attest
from kernel.planning import simulate as play
from kernel.planning.choose import Chooser
from kernel.planning.contents import Contents, Moves, contents, moves
from kernel.planning.impact import at_live_size, given, in_words, planned, tables_of
from kernel.planning.prove import build
from kernel.planning.rows import fill_for, scaled
from kernel.udr.adapters import adapter_for


@dataclass(frozen=True)
class Request:
    """Which plan, on which twin, with how many rows in each table (None: as many as live, or in proportion). `every_prefix`: roll back from
    after each step, not the last alone. `key` signs the result into the plan."""

    folder: Path
    twin: str = ""
    rows: int | None = None
    every_prefix: bool = False
    key: Path | None = None
    workload: Path | None = None


RESULT = "simulation.json"


@dataclass(frozen=True)
class Sides:
    """What the plan was made from: the catalogs before and after, what has another name, what the server believed of the
    tables, and what users do."""

    base: Catalog
    desired: Catalog
    renamed: Mapping[NodeId, NodeId]
    statistics: Mapping[NodeId, TableStatistics]
    workload: Workload
    guests: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class Result:
    """What was seen: rows per table, each step, how many ways back were tried, whether an outside dump agreed (None: there is none here), steps
    with no way back, and whether the twin is the target's like. `live_us` is how long each step takes on the live rows, and `felt` what users feel of
    it, by the lock-queue model: `users` says in words whom that is about."""

    plan: str
    rows: Mapping[NodeId, int]
    live: Mapping[NodeId, int]
    steps: tuple[play.Played, ...]
    ways_back: int
    same_server: bool
    server: str
    outside: bool | None = None
    one_way: tuple[int, ...] = ()
    live_us: Mapping[int, int] = field(default_factory=dict)
    felt: Mapping[int, Felt] = field(default_factory=dict)
    users: str = ""
    signed_by: str = ""

    @property
    def without_rows(self) -> tuple[NodeId, ...]:
        return tuple(sorted(id for id, count in self.rows.items() if not count))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the result must know of how far it goes."""
        found = []
        if not self.same_server:
            found.append("this twin is not the target's like: another version, or other settings")
        if self.without_rows:
            found.append("no rows could be made for " + ", ".join(id.label for id in self.without_rows))
        if self.one_way:
            found.append("there is no way back to try from step " + ", ".join(map(str, self.one_way)))
        return tuple(found)

    def as_json(self) -> dict[str, Any]:
        return {"format": "sqlx/simulation/v2", "plan": self.plan, "rows": _counts(self.rows), "live": _counts(self.live),
                "steps": [one.as_json() for one in self.steps], "ways_back": self.ways_back, "outside_dump": self.outside,
                "one_way": list(self.one_way), "live_microseconds": [list(one) for one in sorted(self.live_us.items())],
                "felt": [[number, one.as_json()] for number, one in sorted(self.felt.items())], "users": self.users,
                "same_server": self.same_server, "server": self.server, "warnings": list(self.warnings)}


def _counts(rows: Mapping[NodeId, int]) -> list[list[Any]]:
    return [[id.as_json(), count] for id, count in sorted(rows.items())]


PASSED = ("base-built", "steps-accepted", "desired-reached", "nothing-left-to-do", "rows-kept", "rewrites-declared", "rolled-back")


def run(request: Request, ports: Ports, ask_passphrase: Callable[[], str] | None = None) -> Result:
    """Rehearse, write simulation.json, and sign it if there is a key; NotProven says where it went wrong."""
    package = open_package(request.folder)
    sides = sides_of(package)
    with ExitStack() as stack:
        session = stack.enter_context(_twin(request, package, ports))
        identity = dict(session.adapter.identity(session))
        if sides.guests:
            session.adapter.stand_in(session, "", sides.guests)
        known = stack.enter_context(knowledge(session, ports))
        place = stack.enter_context(scratch(session))
        result = _Rehearsal(package, sides, place, known, ports).run(request)
        workload = given(read_workload(request.workload), session.adapter.default_schema) if request.workload is not None else sides.workload
        result = _as_felt(result, package.plan.steps, sides.base, workload, known, getattr(session.adapter, "queue", PLAIN))
    result = replace(result, same_server=fingerprint(identity) == package.plan.target.get("server"), server=identity.get("version", ""))
    said = canonical.encode(result.as_json())
    write_file(package.folder / RESULT, said)
    if request.key is not None:
        passed = (*PASSED, *(("outside-dump-agrees",) if result.outside else ()))
        made = attest(package, request.key, said, passed, result.warnings, ask_passphrase)
        result = replace(result, signed_by=made)
    return result


def _as_felt(result: Result, steps: tuple[Step, ...], base: Catalog, workload: Workload, known: Knowledge, rules: LockRules) -> Result:
    """On the live sizes, and what users feel of that. What nobody could see counts as the worst."""
    live_us: dict[int, int] = {}
    felt: dict[int, Felt] = {}
    tables: set[str] = set()
    for step, seen in zip(steps, result.steps, strict=True):
        here = tables_of(step, base)
        rows, live = (sum(max(0, counts.get(one, 0)) for one in here) for counts in (result.rows, result.live))
        per_million = known.matrix.timed(step.capability).us_per_million_rows if step.capability and seen.grows and live > rows else None
        live_us[step.number] = at_live_size(seen.microseconds, rows, live, grows=seen.grows, per_million=per_million)
        if step.capability and here:
            there = replace(step, takes_us=live_us[step.number])
            felt[step.number] = planned(there, seen.blocks_reads, seen.blocks_writes, base, workload, LADDER, rules)
            tables |= {one.label for one in here}
    return replace(result, live_us=live_us, felt=felt, users=in_words(workload, tables) if tables else "")


class _Rehearsal:
    """One plan in one scratch place."""

    def __init__(self, package: Package, sides: Sides, place: Any, known: Knowledge, ports: Ports) -> None:
        self.package, self.sides, self.place, self.known, self.ports = package, sides, place, known, ports
        self.steps: tuple[Step, ...] = package.plan.steps
        self.rows: Mapping[NodeId, int] = {}
        self.before: Contents = {}
        self.dump: tuple[str, ...] | None = None
        self.agreed: bool | None = None
        self.built = False

    def run(self, request: Request) -> Result:
        count = len(self.steps)
        ends = range(1, count + 1) if request.every_prefix else ([count] if count else [])
        played: dict[int, play.Played] = {}
        ways = 0
        for end in ends:
            self.ports.event("simulate.begin", steps=end)
            self._begin(request.rows)
            part = self.steps[:end]
            took = {one.number: one for one in play.forward(self.place, part)}
            if end == count:
                self._require_arrived()
                played = took
            back = self._back(part)
            ways += back is not None
            if end == count and back is not None:
                played = {number: replace(one, back_microseconds=back.get(number)) for number, one in played.items()}
        if count:
            self._begin(request.rows)
            played = self._look(played)
            play.require_declared(self.steps, played)
        live = {id: one.rows for id, one in self.sides.statistics.items() if one.rows >= 0}
        one_way = tuple(step.number for step in self.steps if step.cannot_undo)
        return Result(self.package.id, self.rows, live, tuple(played[step.number] for step in self.steps), ways, False, "", self.agreed, one_way)

    def _begin(self, rows: int | None) -> None:
        """The base with its rows; where the last way back led there, that is where we are."""
        if self.built:
            return
        place, base = self.place, self.sides.base
        place.adapter.empty(place)
        missing = build(place, base, self.known.kinds, self._chooser(), place.adapter.own_schema)
        if missing:
            raise NotProven("the base cannot be built on this twin", why=missing, next="give a twin that is like the target: --twin URL")
        tables = [one.id for one in base.of("table")]
        wanted = scaled(self.sides.statistics, tables) if rows is None else dict.fromkeys(tables, rows)
        self.ports.event("simulate.fill", rows=sum(wanted.values()))
        self.rows = fill_for(place, (base, self.sides.desired), self.steps, wanted, self.sides.statistics)
        self.before = contents(place, base)
        self.dump = play.outside(place)
        self.built = True

    def _require_arrived(self) -> None:
        play.require_same(self.place, self.sides.desired, self.known.kinds, "after the last step")
        play.require_nothing_left(self.place, self.sides.desired, self._chooser())
        there = moves(self.sides.base, self.sides.desired, self.sides.renamed, self.steps)
        play.require_rows(self.before, contents(self.place, self.sides.desired), there, "on the way there")

    def _back(self, part: tuple[Step, ...]) -> Mapping[int, int] | None:
        """Take these steps back, and look; None where one of them has no way back."""
        self.built = False
        if stuck := next((step.number for step in part if step.cannot_undo), 0):
            self.ports.event("simulate.one_way", step=stuck)
            return None
        took = play.backward(self.place, reversed(part))
        what = f"back from step {len(part)}"
        play.require_same(self.place, self.sides.base, self.known.kinds, what)
        play.require_rows(self.before, contents(self.place, self.sides.base), Moves(), what)
        agreed = play.require_same_outside(self.dump, play.outside(self.place), what)
        self.agreed = agreed if self.agreed is None else self.agreed and agreed
        self.built = True
        return took

    def _look(self, played: Mapping[int, play.Played]) -> dict[int, play.Played]:
        self.ports.event("simulate.look", steps=len(self.steps))
        other = self.place.adapter.beside(self.place)
        try:
            seen = play.watched(self.place, other, self.steps, [one.id for one in self.sides.base.of("table")])
        except SqlxError as error:
            raise NotProven("what went well once did not go well again under the eyes of a second session", why=f"{error.what} ({error.why})",
                            next="report it with the plan") from error
        finally:
            other.close()
            self.built = False
        return {number: play.with_sensors(one, seen.get(number)) for number, one in played.items()}

    def _chooser(self) -> Chooser:
        return Chooser(self.known.kinds, self.known.matrix)


def sides_of(package: Package) -> Sides:
    """catalogs.json of a plan; BadSignature where it is not the one that the plan was made with."""
    data = read_file(package.folder / "catalogs.json", "the plan's catalogs")
    if canonical.digest_bytes("catalogs", data) != package.plan.catalogs:
        raise BadSignature("catalogs.json is not the one that the plan was made with", where=str(package.folder / "catalogs.json"),
                           next="plan again: `sqlx plan:diff`")
    held = canonical.decode(data)
    renamed = {NodeId.from_json(old): NodeId.from_json(new) for old, new in held["renamed"]}
    statistics = {NodeId.from_json(id): TableStatistics.from_json(one) for id, one in held.get("statistics", ())}
    workload = Workload.from_json(held["workload"]) if "workload" in held else ASSUMED
    guests = tuple((str(name), may_all is True) for name, may_all in held.get("guests", ()))
    return Sides(Catalog.from_json(held["base"]), Catalog.from_json(held["desired"]), renamed, statistics, workload, guests)


@contextmanager
def _twin(request: Request, package: Package, ports: Ports) -> Iterator[Any]:
    """The twin that was named; else an embedded one, a private server of this machine, or for `same` the target's own server."""
    url = package.plan.target.get("url", "")
    place = url if request.twin == "same" else request.twin
    if place:
        with ports.open(ports.target(place)) as session:
            yield session
        return
    adapter = adapter_for(url.partition("://")[0])
    private = getattr(adapter, "private", None)
    if private is None:
        raise UsageError("which twin?", why="this sort of server cannot be started privately here", next="give one: --twin URL, or --twin same")
    with private() as address:
        assert isinstance(address, Address)
        session = adapter.connect(address)
        try:
            yield session
        finally:
            session.close()
