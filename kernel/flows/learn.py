"""Learning a server, and remembering what was learned."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel import __version__, kinds, planning
from kernel.cache.rehearsals import Rehearsals
from kernel.core import canonical
from kernel.core.errors import CannotPlan, UsageError
from kernel.core.evidence import CapabilityMatrix, Evidence, sort_of, timed_alike
from kernel.flows import packs
from kernel.flows.files import write_file
from kernel.flows.packs import Pack
from kernel.flows.ports import Ports
from kernel.flows.scratch import scratch
from kernel.kinds._spec import Kind
from kernel.planning.introspect import reads, with_reads
from kernel.udr import adapters

if TYPE_CHECKING:
    from kernel.planning.learn import Learner, Probe

MUCH = 100
"""So many facts are worth a second place to learn them in."""


@dataclass(frozen=True)
class Knowledge:
    """What is known of a server: the matrix, and the kinds with the adapter's own additions and the one read of each that it answers."""

    matrix: CapabilityMatrix
    kinds: Mapping[str, Kind]
    rehearsals: Rehearsals


class Places:
    """Where facts of a server come from: a scratch place of its own, a pack, or a scratch place on a twin."""

    def __init__(self, stack: ExitStack, session: Any, twin: Any, kinds: Mapping[str, Kind], find: Callable[[], Pack | None],
                 identity: Mapping[str, str], began: Callable[[], None]) -> None:
        self.stack, self.session, self.twin, self.kinds = stack, session, twin, kinds
        self.find, self.identity, self.began = find, identity, began
        self.refusal: CannotPlan | None = None

    @cached_property
    def own(self) -> Learner | None:
        """On the server itself; None where there is nobody to ask or none may be made."""
        if self.session is None:
            return None
        try:
            return self._begin(self.session)
        except CannotPlan as error:
            self.refusal = error
            return None

    @cached_property
    def packed(self) -> Mapping[str, Evidence]:
        found = self.find()
        return found.facts(self.identity) if found else {}

    def second(self) -> Learner | None:
        """Another one on the server itself, for somebody who asks at the same time; None where there is none."""
        try:
            return self._begin(self.session) if self.own else None
        except CannotPlan:
            return None

    def begin_elsewhere(self) -> Learner:
        """On the twin, where there is one; else what spoke against the server itself."""
        if self.twin is None:
            raise self.refusal or CannotPlan("there is nobody to ask", next="give a twin: --twin URL")
        return self._begin(self.twin)

    def _begin(self, session: Any) -> Learner:
        from kernel.planning.learn import Learner

        self.began()
        learner = Learner(self.stack.enter_context(scratch(session)), self.kinds)
        self.stack.callback(learner.close)
        return learner


class Facts(Mapping[str, Evidence]):
    """The facts of one server. What nobody asked before is rehearsed when it is asked for first: a plan asks for few of them.

    Where nothing can be rehearsed on the server itself, a pack answers, and else another server.
    """

    def __init__(self, known: dict[str, Evidence], kinds: Mapping[str, Kind], schema: str, places: Places,
                 told: Callable[[str, Evidence], None]) -> None:
        self.known, self.kinds, self.schema, self.places, self.told = known, kinds, schema, places, told
        self.sorts_timed: set[tuple[str, ...]] = set()
        self.one_tells = threading.Lock()

    @cached_property
    def probes(self) -> Mapping[str, tuple[Probe, ...]]:
        from kernel.planning.learn import probes

        return probes(self.kinds, self.schema)

    @cached_property
    def learner(self) -> Learner:
        return self.places.own or self.places.begin_elsewhere()

    def __getitem__(self, capability: str) -> Evidence:
        if capability not in self.known:
            told = None if self.places.own else self.places.packed.get(capability)
            self._know(capability, told or self.learner.fact(self.probes[capability]))
        return self.known[capability]

    def _know(self, capability: str, evidence: Evidence) -> None:
        with self.one_tells:
            self.known[capability] = evidence
            self.told(capability, evidence)

    def timed(self, capability: str, evidence: Evidence) -> Evidence:
        """With how its cost grows: as measured of this capability, or of one of its sort."""
        if (alike := timed_alike(self.known, capability, evidence)) is not evidence:
            return alike
        from kernel.planning.slopes import timed

        kind, *_ = sort = sort_of(capability, evidence)
        if sort not in self.sorts_timed:
            self.sorts_timed.add(sort)
            for one in sorted((name for name in self.probes if name.startswith(f"{kind}.")), key=lambda name: name != capability):
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
        wanted = [capability for capability in self.probes if capability.startswith(prefix)]
        unknown = [one for one in wanted if one not in self.known]
        if len(unknown) >= MUCH and (other := self.places.second()):
            self._learn_by_two(unknown, other)
        return {capability: self[capability] for capability in wanted}

    def _learn_by_two(self, wanted: Iterable[str], other: Learner) -> None:
        """In two places at a time, as most of the time goes by waiting for the server. What bears on the whole server is learned by one of them."""
        groups: dict[str, list[str]] = {}
        for one in wanted:
            kind, verb, _ = one.split(".", 2)
            groups.setdefault("" if self.kinds[kind].of_server else f"{kind}.{verb}", []).append(one)
        todo, stop = deque(sorted(groups.values(), key=len, reverse=True)), threading.Event()

        def work(learner: Learner) -> None:
            while todo and not stop.is_set():
                with suppress(IndexError):
                    for one in todo.popleft():
                        self._know(one, learner.fact(self.probes[one]))
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(work, other)
            try:
                work(self.learner)
                beside.result()
            finally:
                stop.set()

    def time(self) -> None:
        """Measure how the costs grow of all that was seen to work here."""
        for capability, evidence in list(self.learn().items()):
            if evidence.granted and evidence.grows:
                self.known[capability] = self.timed(capability, evidence)


def fingerprint(identity: Mapping[str, str]) -> str:
    """The digest of what decides about a server's verdicts."""
    return canonical.digest("server", dict(identity))


@contextmanager
def knowledge(session: Any, ports: Ports, *, fresh: bool = False, twin: Any = None,
              of: Mapping[str, str] | None = None) -> Iterator[Knowledge]:
    """What this server can do: remembered where it was learned before by this very sqlx, else rehearsed when it is asked for.

    Where the session may not make a scratch place, a pack says it, and else it is learned on the twin. CannotPlan if none of them can
    be used, at the first question that needs one. `of` is a server that cannot be asked: the session then is its twin. What was learned
    is remembered at the end.
    """
    here = dict(session.adapter.identity(session))
    away = of is not None and dict(of) != here
    identity = dict(of) if of is not None and away else here
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
        places = Places(stack, None if away else session, session if away else twin, kinds,
                        lambda: None if fresh else packs.fitting(identity, ports), identity,
                        lambda: ports.event("learn.begin", server=identity.get("version", "")))
        facts = Facts({**remembered, **known}, kinds, session.adapter.default_schema, places, tell)
        try:
            yield Knowledge(CapabilityMatrix(facts, identity, f"sqlx {__version__}", facts.timed), kinds,
                            Rehearsals(file.parent.parent / "rehearsals" / file.name))
        finally:
            if facts.known != remembered:
                merged = {**({} if fresh else _remembered(file)), **facts.known}
                write_file(file, canonical.encode(CapabilityMatrix(merged, identity, f"sqlx {__version__}").as_json()))
            if told:
                ports.event("learn.end", facts=told["facts"])


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
    """What to learn, a twin for what the target does not allow, where the pack goes, and the key that signs it."""

    target: str
    twin: str = ""
    out: Path | None = None
    key: Path | None = None


@dataclass(frozen=True)
class Learned:
    """The matrix, where the pack was written, and whose key signed it."""

    matrix: CapabilityMatrix
    file: Path | None = None
    signed_by: str = ""


def run(request: Request, ports: Ports, ask_passphrase: Callable[[], str] | None = None) -> Learned:
    """Learn everything anew, and write the Server Knowledge Pack."""
    target = ports.target(request.target)
    out = request.out or (ports.project.knowledge / f"{target.name}.json" if ports.project.file and "://" not in target.name else None)
    if request.key is not None and out is None:
        raise UsageError("there is no pack to sign", why="outside of a project it goes where --out says", next="add --out FILE")
    with ExitStack() as stack:
        session = stack.enter_context(ports.open(target))
        twin = stack.enter_context(ports.open(ports.target(request.twin))) if request.twin and request.twin != "same" else None
        matrix = stack.enter_context(knowledge(session, ports, fresh=True, twin=twin)).matrix
        assert isinstance(matrix.facts, Facts)
        matrix.facts.time()
    return Learned(matrix, out, packs.write(matrix, out, request.key, ask_passphrase) if out is not None else "")


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


def known(place: str, ports: Ports) -> CapabilityMatrix:
    """Of a file, or of a target that is learned now."""
    return packs.read(Path(place)) if Path(place).is_file() else run(Request(place), ports).matrix
