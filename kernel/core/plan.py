"""A plan: what will be done to which database, in which order, how to take it back, and why so.

Its canonical JSON is what people review and sign. It holds no secret, no float and nothing that depends on when it is read.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.core import canonical
from kernel.core.finding import Finding
from kernel.core.node import NodeId
from kernel.core.strategy import PassedOver, Strategy
from kernel.core.workload import Felt

FORMAT = "sqlx/plan/v1"


@dataclass(frozen=True)
class Step:
    """One thing that apply does.

    `before` and `after` are what the catalog must show around it: object -> digest, "" for not there. `undo` takes it back.
    `saves` is the table of ours that keeps the rows which the next step takes away. `estimate_us` is how long others are kept
    waiting, in microseconds, as far as it can be told; -1 where it cannot; `takes_us` is how long it runs, and `known` how that is known:
    `measured` here, `assumed`, or `catalog`, where nothing grows with the table. `for_good`: what it loses, rolling back does not bring back.
    `rewrites`: rows are written anew, which takes the longer the more there are; None is not known.
    """

    number: int
    says: str
    strategy: Strategy
    capability: str
    transactional: bool
    before: Mapping[NodeId, str]
    after: Mapping[NodeId, str]
    undo: tuple[Strategy, ...] = ()
    cannot_undo: str = ""
    loses: str = ""
    saves: str = ""
    passed_over: tuple[PassedOver, ...] = ()
    why: str = ""
    estimate_us: int = -1
    blocks: str = ""
    phase: str = "expand"
    takes_us: int = -1
    known: str = ""
    for_good: bool = False
    rewrites: bool | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number, "says": self.says, "phase": self.phase, "strategy": self.strategy.as_json(), "capability": self.capability,
            "transactional": self.transactional, "before": _states(self.before), "after": _states(self.after),
            "undo": [one.as_json() for one in self.undo], "cannot_undo": self.cannot_undo, "loses": self.loses, "saves": self.saves,
            "passed_over": [[one.name, one.why] for one in self.passed_over], "why": self.why, "estimate_us": self.estimate_us,
            "blocks": self.blocks, "takes_us": self.takes_us, "known": self.known, "for_good": self.for_good,
            **({} if self.rewrites is None else {"rewrites": self.rewrites})}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Step:
        known = dict(data)
        known["strategy"] = Strategy.from_json(data["strategy"])
        known["undo"] = tuple(map(Strategy.from_json, data["undo"]))
        known["passed_over"] = tuple(PassedOver(*one) for one in data["passed_over"])
        known["before"], known["after"] = _from_states(data["before"]), _from_states(data["after"])
        return cls(**known)

    @property
    def goes_back_at_once(self) -> bool:
        """What takes it back runs in one transaction."""
        return self.transactional and not any(one.apart for one in self.undo)

    @property
    def digest(self) -> str:
        """Names the step by what it runs, not by where it stands."""
        return canonical.digest("step", self.strategy.as_json())


def _states(states: Mapping[NodeId, str]) -> list[list[Any]]:
    return [[id.as_json(), states[id]] for id in sorted(states)]


def _from_states(data: list[list[Any]]) -> dict[NodeId, str]:
    return {NodeId.from_json(id): digest for id, digest in data}


@dataclass(frozen=True)
class Risk:
    """0 (nothing to fear) to 100, and the named parts that it is made of."""

    score: int
    parts: tuple[tuple[str, int, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"score": self.score, "parts": [list(one) for one in self.parts]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Risk:
        return cls(data["score"], tuple((one[0], one[1], one[2]) for one in data["parts"]))


@dataclass(frozen=True)
class Plan:
    """The steps, and all that they are bound to.

    `target` names the database: its address without a password, the server's identity and, once there is a journal, its id.
    `catalogs` is the digest of catalogs.json beside the plan: what is touched, before and after, for simulating without the target.
    `reads` is every object that the steps touch or rely on, with its digest: what else moves does not make the plan stale.
    `felt` is what users feel of each step, by its number and by the lock-queue model; `users` says in words whom that is about.
    """

    target: Mapping[str, str]
    base: str
    desired: str
    capabilities: str
    policy: str
    steps: tuple[Step, ...]
    reads: Mapping[NodeId, str] = field(default_factory=dict)
    risk: Risk = Risk(0)
    findings: tuple[Finding, ...] = ()
    made_by: str = ""
    made_at: str = ""
    expires_at: str = ""
    author: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)
    proof: str = ""
    catalogs: str = ""
    kinds: tuple[str, ...] = ()
    selection: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    felt: Mapping[int, Felt] = field(default_factory=dict)
    users: str = ""

    @property
    def empty(self) -> bool:
        return not self.steps

    @property
    def loses(self) -> tuple[str, ...]:
        """What goes for good unless it is kept aside, in words."""
        return tuple(step.loses for step in self.steps if step.loses)

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT, "target": dict(self.target), "base": self.base, "desired": self.desired, "capabilities": self.capabilities,
            "policy": self.policy, "steps": [step.as_json() for step in self.steps], "reads": _states(self.reads), "risk": self.risk.as_json(),
            "findings": [one.as_json() for one in self.findings], "made_by": self.made_by, "made_at": self.made_at, "expires_at": self.expires_at,
            "author": self.author, "origin": dict(self.origin), "proof": self.proof, "catalogs": self.catalogs, "kinds": list(self.kinds),
            "selection": {key: list(value) for key, value in self.selection.items()}, "users": self.users,
            "felt": [[number, one.as_json()] for number, one in sorted(self.felt.items())]}

    def encode(self) -> bytes:
        """The bytes of plan.json."""
        return canonical.encode(self.as_json())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        if data.get("format") != FORMAT:
            raise ValueError(f"not a plan of format {FORMAT}")
        known = {key: value for key, value in data.items() if key != "format"}
        known["steps"] = tuple(map(Step.from_json, data["steps"]))
        known["reads"] = _from_states(data["reads"])
        known["risk"] = Risk.from_json(data["risk"])
        known["findings"] = tuple(map(Finding.from_json, data["findings"]))
        known["kinds"] = tuple(data["kinds"])
        known["felt"] = {number: Felt.from_json(one) for number, one in data.get("felt", ())}
        known["selection"] = {key: tuple(value) for key, value in data["selection"].items()}
        return cls(**known)

    @classmethod
    def decode(cls, data: bytes) -> Plan:
        return cls.from_json(canonical.decode(data))


def plan_id(data: bytes) -> str:
    """The name of a plan: a short digest of its very bytes."""
    return "p-" + base64.b32encode(hashlib.sha256(data).digest()).decode().lower()[:20]
