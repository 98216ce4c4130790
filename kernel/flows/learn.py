"""Learning a server, and remembering what was learned."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernel import __version__, kinds, planning
from kernel.core import canonical
from kernel.core.errors import CannotPlan, ServerError, SqlxError
from kernel.core.evidence import CapabilityMatrix, Evidence
from kernel.flows.files import write_file
from kernel.flows.ports import Ports
from kernel.kinds._spec import Kind
from kernel.planning.learn import Learner


@dataclass(frozen=True)
class Knowledge:
    """What is known of a server: the matrix, the kinds with the adapter's own additions, and where it was learned."""

    matrix: CapabilityMatrix
    kinds: Mapping[str, Kind]
    where: str = ""


def fingerprint(identity: Mapping[str, str]) -> str:
    """The digest of what decides about a server's verdicts."""
    return canonical.digest("server", dict(identity))


def knowledge(session: Any, ports: Ports, *, fresh: bool = False, twin: Any = None) -> Knowledge:
    """What this server can do: remembered if it was learned before by this very sqlx, else rehearsed now.

    Where the session may not make a scratch place, it is learned on the twin, if that is the same server make and version.
    """
    identity = dict(session.adapter.identity(session))
    own_kinds = session.adapter.kinds(ports.all_kinds)
    file = ports.environment.cache_folder / "knowledge" / f"{_short(identity)}-{_code()}.json"
    if not fresh and (found := _remembered(file)):
        return Knowledge(found, _readable(own_kinds, found), str(file))
    learned = _learn(session, own_kinds, identity, ports, twin)
    write_file(file, canonical.encode(learned.as_json()))
    return Knowledge(learned, _readable(own_kinds, learned), "")


def _readable(kinds: Mapping[str, Kind], matrix: CapabilityMatrix) -> Mapping[str, Kind]:
    """The kinds with the one read of each that this server answers."""
    return {name: replace(kind, reads=tuple(read for read in kind.reads if matrix.granted(f"{name}.read.{read.name}")))
            for name, kind in kinds.items()}


def _learn(session: Any, own_kinds: Mapping[str, Kind], identity: Mapping[str, str], ports: Ports, twin: Any) -> CapabilityMatrix:
    ports.event("learn.begin", server=identity.get("version", ""))
    done = 0

    def told(capability: str, evidence: Evidence) -> None:
        nonlocal done
        done += 1
        ports.event("learn.fact", capability=capability, granted=evidence.granted, number=done)
    first: SqlxError | None = None
    for place in (session, twin):
        if place is None:
            continue
        try:
            with scratch(place) as place_of_ours:
                learner = Learner(place_of_ours, own_kinds)
                try:
                    facts = learner.learn(told)
                finally:
                    learner.close()
                ports.event("learn.end", facts=len(facts))
                return CapabilityMatrix(dict(facts), identity, f"sqlx {__version__}")
        except ServerError as error:
            first = first or error
    assert first is not None
    raise CannotPlan("nothing is known of this server, and it cannot be learned here", why=f"{first.what} ({first.why})",
                     next="give a throw-away place on a server of the same version: --twin URL") from first


@contextmanager
def scratch(session: Any) -> Iterator[Any]:
    """A private place on the session's server, with what dead runs left swept away first."""
    session.adapter.sweep(session)
    with session.adapter.scratch(session, f"{os.getpid()}_{secrets.token_hex(4)}") as place:
        yield place


def _remembered(file: Path) -> CapabilityMatrix | None:
    try:
        return CapabilityMatrix.from_json(canonical.decode(file.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _short(identity: Mapping[str, str]) -> str:
    return fingerprint(identity)[7:31]


def _code() -> str:
    """The digest of the code that asks and judges: what another sqlx has learned is not believed."""
    digest = hashlib.sha256()
    for folder in (*kinds.__path__, *planning.__path__):
        for path in sorted(Path(folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Request:
    """What to learn, a twin for what the target does not allow, and where the pack goes."""

    target: str
    twin: str = ""
    out: Path | None = None


def run(request: Request, ports: Ports) -> Knowledge:
    """Learn anew, and write the Server Knowledge Pack."""
    target = ports.target(request.target)
    with ports.open(target) as session:
        if request.twin and request.twin != "same":
            with ports.open(ports.target(request.twin)) as twin:
                found = knowledge(session, ports, fresh=True, twin=twin)
        else:
            found = knowledge(session, ports, fresh=True)
    out = request.out or (ports.project.knowledge / f"{target.name}.json" if ports.project.file and "://" not in target.name else None)
    if out is not None:
        write_file(out, canonical.encode(found.matrix.as_json()))
    return found
