"""Learning a server, and remembering what was learned."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kernel import __version__, kinds, planning
from kernel.cache.rehearsals import Rehearsals
from kernel.core import canonical
from kernel.core.errors import CannotPlan, InputError, Refused
from kernel.core.evidence import CapabilityMatrix, Evidence, sort_of, timed_alike
from kernel.flows.files import read_file, write_file
from kernel.flows.ports import Ports
from kernel.kinds._spec import Kind
from kernel.planning.introspect import with_reads
from kernel.planning.learn import Learner, Probe, probes, reads
from kernel.planning.slopes import timed
from kernel.udr import adapters


@dataclass(frozen=True)
class Knowledge:
    """What is known of a server: the matrix, and the kinds with the adapter's own additions and the one read of each that it answers."""

    matrix: CapabilityMatrix
    kinds: Mapping[str, Kind]
    rehearsals: Rehearsals


class Facts(Mapping[str, Evidence]):
    """The facts of one server. What nobody asked before is rehearsed when it is asked for first: a plan asks for few of them."""

    def __init__(self, known: dict[str, Evidence], kinds: Mapping[str, Kind], schema: str, begin: Callable[[], Learner],
                 told: Callable[[str, Evidence], None]) -> None:
        self.known, self.kinds, self.schema, self.begin, self.told = known, kinds, schema, begin, told
        self.sorts_timed: set[tuple[str, ...]] = set()

    @cached_property
    def probes(self) -> Mapping[str, tuple[Probe, ...]]:
        return probes(self.kinds, self.schema)

    @cached_property
    def learner(self) -> Learner:
        return self.begin()

    def __getitem__(self, capability: str) -> Evidence:
        if capability not in self.known:
            self.known[capability] = self.learner.fact(self.probes[capability])
            self.told(capability, self.known[capability])
        return self.known[capability]

    def timed(self, capability: str, evidence: Evidence) -> Evidence:
        """With how its cost grows: as measured of this capability, or of one of its sort."""
        if (alike := timed_alike(self.known, capability, evidence)) is not evidence:
            return alike
        kind, verb, *_ = sort = sort_of(capability, evidence)
        if sort not in self.sorts_timed:
            self.sorts_timed.add(sort)
            for one in sorted((name for name in self.probes if name.startswith(f"{kind}.{verb}.")), key=lambda name: name != capability):
                found = self[one]
                if found.granted and found.grows and sort_of(one, found) == sort:
                    self.known[one] = timed(self.learner, self.probes[one], found)
                    if self.known[one] is not found:
                        break
        return timed_alike(self.known, capability, evidence)

    def get(self, capability: str, default: Any = None) -> Any:
        return self[capability] if capability in self.known or capability in self.probes else default

    def __contains__(self, capability: object) -> bool:
        return capability in self.known

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def learn(self, prefix: str = "") -> Mapping[str, Evidence]:
        """Rehearse everything, or all whose capabilities begin so."""
        return {capability: self[capability] for capability in self.probes if capability.startswith(prefix)}

    def time(self) -> None:
        """Measure how the costs grow of all that was seen to work here."""
        for capability, evidence in list(self.learn().items()):
            if evidence.granted and evidence.grows:
                self.known[capability] = self.timed(capability, evidence)


def fingerprint(identity: Mapping[str, str]) -> str:
    """The digest of what decides about a server's verdicts."""
    return canonical.digest("server", dict(identity))


@contextmanager
def knowledge(session: Any, ports: Ports, *, fresh: bool = False, twin: Any = None) -> Iterator[Knowledge]:
    """What this server can do: remembered where it was learned before by this very sqlx, else rehearsed when it is asked for.

    Where the session may not make a scratch place, it is learned on the twin. CannotPlan if neither can be used, at the first
    question that needs one. What was learned is remembered at the end.
    """
    identity = dict(session.adapter.identity(session))
    file = ports.environment.cache_folder / "knowledge" / f"{_short(identity)}-{_code()}.json"
    remembered = {} if fresh else _remembered(file)
    own_kinds = session.adapter.kinds(ports.all_kinds)
    known = reads(session, own_kinds, remembered)
    kinds = with_reads(own_kinds, {kind: read for kind, _, read in (one.split(".") for one, evidence in known.items() if evidence.granted)})
    told = Counter[str]()

    def tell(capability: str, evidence: Evidence) -> None:
        told["facts"] += 1
        ports.event("learn.fact", capability=capability, granted=evidence.granted, number=told["facts"])
    with ExitStack() as stack:
        def begin() -> Learner:
            ports.event("learn.begin", server=identity.get("version", ""))
            learner = Learner(_place(stack, session, twin), kinds)
            stack.callback(learner.close)
            return learner
        facts = Facts({**remembered, **known}, kinds, session.adapter.default_schema, begin, tell)
        try:
            yield Knowledge(CapabilityMatrix(facts, identity, f"sqlx {__version__}", facts.timed), kinds,
                            Rehearsals(file.parent.parent / "rehearsals" / file.name))
        finally:
            if facts.known != remembered:
                merged = {**({} if fresh else _remembered(file)), **facts.known}
                write_file(file, canonical.encode(CapabilityMatrix(merged, identity, f"sqlx {__version__}").as_json()))
            if told:
                ports.event("learn.end", facts=told["facts"])


def _place(stack: ExitStack, session: Any, twin: Any) -> Any:
    """A scratch place on the session's server; where none may be made there, on the twin."""
    if twin is None:
        return stack.enter_context(scratch(session))
    try:
        return stack.enter_context(scratch(session))
    except CannotPlan:
        return stack.enter_context(scratch(twin))


@contextmanager
def scratch(session: Any) -> Iterator[Any]:
    """A private place on the session's server, with what dead runs left swept away first. CannotPlan where this user may make none."""
    with ExitStack() as stack:
        try:
            session.adapter.sweep(session)
            place = stack.enter_context(session.adapter.scratch(session, f"{os.getpid()}_{secrets.token_hex(4)}"))
        except Refused as error:
            raise CannotPlan("there is no place on this server where the change could be tried", why=f"{error.what} ({error.why})",
                             next="give a throw-away place on a server of the same version: --twin URL") from error
        yield place


def _remembered(file: Path) -> dict[str, Evidence]:
    try:
        return dict(CapabilityMatrix.from_json(canonical.decode(file.read_bytes())).facts)
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _short(identity: Mapping[str, str]) -> str:
    return fingerprint(identity)[7:31]


def _code() -> str:
    """The digest of the code that asks and judges: what another sqlx has learned is not believed."""
    digest = hashlib.sha256()
    for folder in (*kinds.__path__, *planning.__path__, *adapters.__path__):
        for path in sorted(Path(folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Request:
    """What to learn, a twin for what the target does not allow, and where the pack goes."""

    target: str
    twin: str = ""
    out: Path | None = None


def run(request: Request, ports: Ports) -> CapabilityMatrix:
    """Learn everything anew, and write the Server Knowledge Pack."""
    target = ports.target(request.target)
    with ExitStack() as stack:
        session = stack.enter_context(ports.open(target))
        twin = stack.enter_context(ports.open(ports.target(request.twin))) if request.twin and request.twin != "same" else None
        matrix = stack.enter_context(knowledge(session, ports, fresh=True, twin=twin)).matrix
        assert isinstance(matrix.facts, Facts)
        matrix.facts.time()
    out = request.out or (ports.project.knowledge / f"{target.name}.json" if ports.project.file and "://" not in target.name else None)
    if out is not None:
        write_file(out, canonical.encode(matrix.as_json()))
    return matrix


@dataclass(frozen=True)
class Difference:
    """What two servers do otherwise, in words for each."""

    capability: str
    says: tuple[str, str]


def compare(one: CapabilityMatrix, other: CapabilityMatrix) -> list[Difference]:
    """Where they differ in what works or whom it keeps waiting; clocks are no difference, and neither is what neither can do."""
    found = []
    for name in sorted(name for name in {*one.facts, *other.facts} if ".read." not in name):
        says = (said(one[name]), said(other[name]))
        if says[0] != says[1] and (one.granted(name) or other.granted(name)):
            found.append(Difference(name, says))
    return found


def said(evidence: Evidence) -> str:
    """A verdict in a few words."""
    if not evidence.granted:
        return "no: " + " ".join((evidence.says or "nothing in this server's catalog says it").split())[:140]
    flags = (("blocks reads", evidence.blocks_reads), ("blocks writes", evidence.blocks_writes), ("writes all rows anew", evidence.rewrites),
             ("reads all rows", evidence.scans), ("not in a transaction", None if evidence.transactional is None else not evidence.transactional))
    listed = [words if seen else f"{words}?" for words, seen in flags if seen is not False]
    return "yes: " + (", ".join(listed) or "in nobody's way, at any size")


def pack(file: Path) -> CapabilityMatrix:
    """A Server Knowledge Pack that was written before."""
    try:
        return CapabilityMatrix.from_json(canonical.decode(read_file(file, "the Server Knowledge Pack")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("this is not a Server Knowledge Pack", where=str(file), why=str(error),
                         next="make one: `sqlx learn --out FILE`") from error


def known(place: str, ports: Ports) -> CapabilityMatrix:
    """Of a file, or of a target that is learned now."""
    return pack(Path(place)) if Path(place).is_file() else run(Request(place), ports)
