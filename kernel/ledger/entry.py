"""What the audit log says: one entry per thing that happened to a target. Never a row, a bound value or a secret.

A `Draft` is what happened; an `Entry` is a draft at its place in a log, bound to the one before it. A draft that cannot be logged at once is
kept by the caller (`as_json`, in the target) and appended later: `chain` gives it its place then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.core import canonical

VERSION = 1
TYPE = re.compile(r"[a-z][a-z0-9_]{0,63}")
TARGET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class Statement:
    """A statement that was run: the digest of its text, the kind of step, from when to when, and how it ended."""

    digest: str
    kind: str
    start: str
    end: str
    outcome: str

    def as_json(self) -> dict[str, str]:
        return {"digest": self.digest, "kind": self.kind, "start": self.start, "end": self.end, "outcome": self.outcome}


@dataclass(frozen=True)
class Draft:
    """What happened, when (ISO 8601 with a zone), by whom, to which plan, and the fingerprints of the schema before and after.

    `type` is a word such as plan_created, apply_start, apply_ok, apply_failed, rolled_back, drift_detected. A fingerprint is empty where nothing
    was changed or is known. `id` names the event: appended twice (after a crash, say), it is logged once. `facts` are further texts.
    """

    type: str
    time: str
    actor: str
    plan: str = ""
    before: str = ""
    after: str = ""
    statements: tuple[Statement, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    id: str = ""

    def __post_init__(self) -> None:
        if not TYPE.fullmatch(self.type):
            raise ValueError(f"{self.type!r} is not the type of an entry")
        if datetime.fromisoformat(self.time).tzinfo is None:
            raise ValueError(f"the time {self.time!r} has no zone")

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.time)

    def as_json(self) -> dict[str, Any]:
        return {
            "type": self.type, "time": self.time, "actor": self.actor, "plan": self.plan, "before": self.before, "after": self.after,
            "statements": [one.as_json() for one in self.statements], "facts": dict(self.facts), "id": self.id,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Draft:
        """The draft that `as_json` wrote; ValueError if something is missing, extra or of another type."""
        if set(data) != {"type", "time", "actor", "plan", "before", "after", "statements", "facts", "id"}:
            raise ValueError("the members are not those of an entry")
        texts = {name: _text(data[name]) for name in ("type", "time", "actor", "plan", "before", "after", "id")}
        if not isinstance(data["statements"], list | tuple) or not isinstance(data["facts"], Mapping):
            raise ValueError("statements are a list, facts a mapping")
        statements = tuple(_statement(one) for one in data["statements"])
        return cls(statements=statements, facts=tuple((name, _text(text)) for name, text in sorted(data["facts"].items())), **texts)


@dataclass(frozen=True)
class Entry:
    """A draft at its place: number `sequence` (from 1) of the target's log, behind the entry with the digest `prev`."""

    target: str
    sequence: int
    prev: str
    draft: Draft

    def encode(self) -> bytes:
        """The canonical JSON whose hash is the leaf of the Merkle tree."""
        return canonical.encode({"version": VERSION, "target": self.target, "sequence": self.sequence, "prev": self.prev, **self.draft.as_json()})

    @property
    def digest(self) -> str:
        """What the next entry names as `prev`."""
        return digest_of(self.encode())


def decode(data: bytes) -> Entry:
    """The entry that these bytes are, in their one spelling; ValueError otherwise."""
    members = canonical.decode(data)
    if not isinstance(members, dict) or members.pop("version", None) != VERSION:
        raise ValueError(f"it is not an entry of version {VERSION}")
    target, sequence, prev = (members.pop(name, None) for name in ("target", "sequence", "prev"))
    if type(sequence) is not int:
        raise ValueError("the sequence is not a number")
    entry = Entry(_text(target), sequence, _text(prev), Draft.from_json(members))
    if entry.encode() != data:
        raise ValueError("it is not in canonical form")
    return entry


def digest_of(data: bytes) -> str:
    """The digest of an entry's bytes, whatever they are."""
    return canonical.digest_bytes("audit-entry", data)


def chain(target: str, size: int, prev: str, drafts: Iterable[Draft]) -> tuple[Entry, ...]:
    """The drafts as entries behind `size` others, of which the last has the digest `prev` (empty if there is none)."""
    entries: list[Entry] = []
    for sequence, draft in enumerate(drafts, size + 1):
        entries.append(Entry(target, sequence, entries[-1].digest if entries else prev, draft))
    return tuple(entries)


@dataclass(frozen=True)
class Gap:
    """Between the entries, somebody else changed the schema: `found` was seen before entry `sequence`, where `expected` was left."""

    sequence: int
    expected: str
    found: str


def gaps(entries: Iterable[Entry]) -> tuple[Gap, ...]:
    """Where the fingerprint before an entry is not the one that was left after the entries before it."""
    found: list[Gap] = []
    known = ""
    for entry in entries:
        before, after = entry.draft.before, entry.draft.after
        if known and before and before != known:
            found.append(Gap(entry.sequence, known, before))
        known = after or before or known
    return tuple(found)


def last_fingerprint(entries: Iterable[Entry]) -> str:
    """What the log says that the schema is now; empty if it does not say."""
    known = ""
    for entry in entries:
        known = entry.draft.after or entry.draft.before or known
    return known


def _statement(data: object) -> Statement:
    match data:
        case {"digest": str(digest), "kind": str(kind), "start": str(start), "end": str(end), "outcome": str(outcome), **more} if not more:
            return Statement(digest, kind, start, end, outcome)
    raise ValueError("the members are not those of a statement")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value
