"""simulate: rehearse a plan on a twin with rows, forward, and back from every step, without the target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.core import canonical
from kernel.core.address import Address
from kernel.core.errors import BadSignature, NotProven, UsageError
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Step
from kernel.flows.files import read_file, write_file
from kernel.flows.learn import Knowledge, fingerprint, knowledge, scratch
from kernel.flows.package import Package, open_package
from kernel.flows.ports import Ports
from kernel.planning import simulate as play
from kernel.planning.choose import Chooser
from kernel.planning.prove import build
from kernel.udr.adapters import adapter_for


@dataclass(frozen=True)
class Request:
    """Which plan, on which twin, with how many rows in each table. `every_prefix`: roll back from after each step, not the last alone."""

    folder: Path
    twin: str = ""
    rows: int = 50
    every_prefix: bool = False


@dataclass(frozen=True)
class Result:
    """What was seen: rows per table, microseconds per step, how many ways back were tried, and whether the twin is the target's like."""

    plan: str
    rows: Mapping[NodeId, int]
    steps: tuple[play.Played, ...]
    ways_back: int
    same_server: bool
    server: str

    def as_json(self) -> dict[str, Any]:
        return {"format": "sqlx/simulation/v1", "plan": self.plan, "rows": {str(id): count for id, count in sorted(self.rows.items())},
                "steps": [[one.number, one.microseconds] for one in self.steps], "ways_back": self.ways_back,
                "same_server": self.same_server, "server": self.server}


def run(request: Request, ports: Ports) -> Result:
    """Rehearse; NotProven says where it went wrong."""
    package = open_package(request.folder)
    base, desired, renamed = _catalogs(package)
    with _twin(request, package, ports) as session:
        identity = dict(session.adapter.identity(session))
        with knowledge(session, ports) as known, scratch(session) as place:
            result = _rehearse(request, package, base, desired, renamed, place, known, ports)
    found = Result(package.id, result[0], result[1], result[2], fingerprint(identity) == package.plan.target.get("server"),
                   identity.get("version", ""))
    write_file(package.folder / "simulation.json", canonical.encode(found.as_json()))
    return found


def _rehearse(request: Request, package: Package, base: Catalog, desired: Catalog, renamed: Mapping[NodeId, NodeId], place: Any,
              known: Knowledge, ports: Ports) -> tuple[Mapping[NodeId, int], tuple[play.Played, ...], int]:
    steps = package.plan.steps
    ends = range(1, len(steps) + 1) if request.every_prefix else ([len(steps)] if steps else [])
    rows: Mapping[NodeId, int] = {}
    played: tuple[play.Played, ...] = ()
    for end in ends:
        ports.event("simulate.begin", steps=end)
        rows = _build(place, base, known, request.rows)
        before = play.contents(place, base)
        part = steps[:end]
        took = play.forward(place, part)
        if end == len(steps):
            played = tuple(took)
            play.require_same(place, desired, known.kinds, "after the last step")
            play.require_rows(before, play.contents(place, desired), renamed, "on the way there")
        _back(place, part, base, before, known, ports)
    return rows, played, len(ends)


def _back(place: Any, part: tuple[Step, ...], base: Catalog, before: play.Contents, known: Knowledge, ports: Ports) -> None:
    if any(step.cannot_undo for step in part):
        ports.event("simulate.one_way", step=next(step.number for step in part if step.cannot_undo))
        return
    play.backward(place, reversed(part))
    play.require_same(place, base, known.kinds, f"back from step {len(part)}")
    play.require_rows(before, play.contents(place, base), {}, f"back from step {len(part)}")


def _build(place: Any, base: Catalog, known: Knowledge, rows: int) -> Mapping[NodeId, int]:
    place.adapter.empty(place)
    missing = build(place, base, known.kinds, Chooser(known.kinds, known.matrix), place.adapter.own_schema)
    if missing:
        raise NotProven("the base cannot be built on this twin", why=missing, next="give a twin that is like the target: --twin URL")
    return play.fill(place, base, rows)


def _catalogs(package: Package) -> tuple[Catalog, Catalog, Mapping[NodeId, NodeId]]:
    data = read_file(package.folder / "catalogs.json", "the plan's catalogs")
    if canonical.digest_bytes("catalogs", data) != package.plan.catalogs:
        raise BadSignature("catalogs.json is not the one that the plan was made with", where=str(package.folder / "catalogs.json"),
                           next="plan again: `sqlx plan:diff`")
    held = canonical.decode(data)
    renamed = {NodeId.from_json(old): NodeId.from_json(new) for old, new in held["renamed"]}
    return Catalog.from_json(held["base"]), Catalog.from_json(held["desired"]), renamed


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
