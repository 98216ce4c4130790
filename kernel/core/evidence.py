"""What a server did when a statement was rehearsed, and the matrix of all such facts.

A capability is nothing but "this statement has been seen to work here"; its evidence says at what cost. None always means
*not known*, and not known counts as the worst.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from kernel.core import canonical


@dataclass(frozen=True)
class Evidence:
    """One rehearsal of one strategy on one server.

    `accepted`: the server took every statement. `understood` is False where it does not know the words of one. `arrived`: reading back
    showed what was promised. `transactional`: rolled back without a trace. The rest is what a second session saw while the transaction was
    open, and what happened to the stored rows.

    `us_fixed` and `us_per_million_rows` say how long its statements take: microseconds, timed over two sizes of table; None is not
    measured. `timed_as` names the capability that was timed in its place, where one stands for all of its sort. `runs_us_fixed` and
    `runs_us_per_million`: the same for this very table, timed on clones of it, with what goes on beside others. `where` says where
    it was seen, if that was not on the samples of this very server.
    """

    accepted: bool | None = None
    arrived: bool | None = None
    transactional: bool | None = None
    blocks_reads: bool | None = None
    blocks_writes: bool | None = None
    rewrites: bool | None = None
    scans: bool | None = None
    locks: tuple[tuple[str, str], ...] = ()
    says: str = ""
    sqlstate: str = ""
    understood: bool | None = None
    microseconds: int | None = None
    us_fixed: int | None = None
    us_per_million_rows: int | None = None
    timed_as: str = ""
    runs_us_fixed: int | None = None
    runs_us_per_million: int | None = None
    where: str = ""

    @property
    def grows(self) -> bool:
        """It was not seen to cost the same however many rows there are."""
        return self.rewrites is not False or self.scans is not False

    @property
    def granted(self) -> bool:
        """Seen to work. A statement that was accepted and did nothing does not count, nor does an unknown."""
        return self.accepted is True and self.arrived is True

    @property
    def reason(self) -> str:
        """Why it is not granted, in the server's words where it had any that tell something."""
        if self.granted:
            return ""
        if self.understood is False:
            return "this server has no such statement"
        if self.accepted is None:
            return self.says or "not known here: run `sqlx learn`"
        return self.says or ("accepted, but reading back showed something else" if self.accepted else "refused")

    def as_json(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value not in (None, "", ())}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evidence:
        return cls(**{**data, "locks": tuple(tuple(pair) for pair in data.get("locks", ()))})


UNKNOWN = Evidence()


@dataclass(frozen=True)
class CapabilityMatrix:
    """Capability id -> Evidence. With the server's identity it is the Server Knowledge Pack (SKP), a portable file.

    A capability id names kind, verb and strategy: `index.add.build_beside_writers`, `column.change.type.alter@view` (the same
    while a view hangs on it), `index.read.pg_index`.
    """

    facts: Mapping[str, Evidence] = field(default_factory=dict)
    server: Mapping[str, str] = field(default_factory=dict)
    learned_by: str = ""
    times: Callable[[str, Evidence], Evidence] | None = field(default=None, compare=False)

    def __getitem__(self, capability: str) -> Evidence:
        return self.facts.get(capability, UNKNOWN)

    def timed(self, capability: str, seen: Evidence | None = None) -> Evidence:
        """What is known of it, or was `seen` of it on one table, with how its cost grows: measured when that is asked for first.

        Worth asking where the table is so big that it matters. What could not be measured stays None.
        """
        evidence = self[capability] if seen is None else seen
        if evidence.us_per_million_rows is not None or not (evidence.granted and evidence.grows):
            return evidence
        return self.times(capability, evidence) if self.times else timed_alike(self.facts, capability, evidence)

    def __contains__(self, capability: str) -> bool:
        return capability in self.facts

    def granted(self, capability: str) -> bool:
        return self[capability].granted

    def of(self, capabilities: Iterable[str]) -> CapabilityMatrix:
        """What is known of these alone."""
        return CapabilityMatrix({one: self.facts[one] for one in capabilities if one in self.facts}, self.server, self.learned_by)

    @property
    def server_digest(self) -> str:
        """The server's fingerprint: of what decides about its verdicts."""
        return canonical.digest("server", dict(self.server))

    @property
    def digest(self) -> str:
        """Binds a plan to what was known: verdicts and costs, not the words or the clock."""
        verdicts = {key: [one.granted, one.transactional, one.blocks_reads, one.blocks_writes, one.rewrites, one.scans]
                    for key, one in self.facts.items()}
        return canonical.digest("capabilities", {"server": self.server, "verdicts": verdicts})

    def as_json(self) -> dict[str, Any]:
        return {"format": "sqlx/skp/v1", "learned_by": self.learned_by, "server": dict(self.server),
                "facts": {key: one.as_json() for key, one in sorted(self.facts.items())}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CapabilityMatrix:
        if data.get("format") != "sqlx/skp/v1":
            raise ValueError("not a Server Knowledge Pack of format sqlx/skp/v1")
        facts = {key: Evidence.from_json(one) for key, one in data["facts"].items()}
        return cls(facts, data["server"], data.get("learned_by", ""))


def sort_of(capability: str, evidence: Evidence) -> tuple[str, ...]:
    """Capabilities of one sort are taken to grow alike: of objects of the same kind all rows are written anew, or read, and as many are kept waiting.

    Where it is not certain that it grows at all, only what changes the same attribute is of its sort.
    """
    kind, verb, *rest = capability.split(".")
    waiting = "" if evidence.blocks_writes is not False else "beside writers"
    if True in (evidence.rewrites, evidence.scans):
        return kind, "rewrites" if evidence.rewrites is not False else "scans", waiting
    return kind, verb, rest[0], waiting


def timed_alike(facts: Mapping[str, Evidence], capability: str, evidence: Evidence) -> Evidence:
    """With the times of the slowest one of its sort; as it is where none was timed."""
    sort = sort_of(capability, evidence)
    alike = [(one.us_per_million_rows, one.timed_as or name, one) for name, one in facts.items()
             if one.us_per_million_rows is not None and sort_of(name, one) == sort]
    if not alike:
        return evidence
    _, name, slowest = max(alike, key=lambda one: one[:2])
    return replace(evidence, us_fixed=slowest.us_fixed, us_per_million_rows=slowest.us_per_million_rows, timed_as=name)
