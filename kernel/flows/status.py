"""status: what was done to a database, what is left to do, and what of ours lies in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.flows.journal import Journal, Run, StepState
from kernel.flows.ports import Ports
from kernel.flows.purge import Kept, kept
from kernel.flows.selection import Selection
from kernel.planning.introspect import introspect


@dataclass(frozen=True)
class Result:
    """The runs, oldest first; the steps of one that is open; tables that keep rows for a rollback; entries that wait for the audit log."""

    target: str
    server: str
    id: str
    runs: tuple[Run, ...]
    open_steps: tuple[StepState, ...]
    kept: tuple[Kept, ...]
    waiting: int
    checkpoint: str
    fingerprint: str
    expected: str

    @property
    def open(self) -> Run | None:
        return next((one for one in self.runs if one.open), None)

    @property
    def drifted(self) -> bool:
        """The schema is not the one that the last finished run left."""
        return bool(self.expected) and self.open is None and self.expected != self.fingerprint

    def as_json(self) -> dict[str, Any]:
        return {"target": self.target, "server": self.server, "id": self.id, "fingerprint": self.fingerprint, "drifted": self.drifted,
                "waiting_for_audit": self.waiting, "checkpoint": self.checkpoint,
                "runs": [{"plan": one.plan, "state": one.state, "begun": one.begun, "ended": one.ended, "steps": one.steps, "actor": one.actor}
                         for one in self.runs],
                "kept": [one.as_json() for one in self.kept],
                "open_steps": [{"number": one.number, "state": one.state, "statements": one.statements} for one in self.open_steps]}


def run(target_name: str, ports: Ports) -> Result:
    """Read the journal, and the schema's fingerprint beside it."""
    target = ports.target(target_name)
    with ports.look(target) as session:
        journal = Journal(session)
        runs = tuple(journal.runs())
        kinds = session.adapter.kinds(ports.all_kinds)
        now = Selection(target.include, target.exclude).of(introspect(session, kinds).catalog).digest
        underway = next((one for one in runs if one.open), None)
        steps = tuple(sorted(journal.steps(underway.plan).values(), key=lambda one: one.number)) if underway else ()
        ended = [one for one in runs if not one.open]
        last = max(ended, key=lambda one: one.ended, default=None)
        expected = "" if last is None else last.desired if last.state == "done" else last.base
        version = session.adapter.identity(session).get("version", "")
        return Result(target.name, version, journal.target_id(), runs, steps, kept(session, journal), len(journal.posted()),
                      journal.get("checkpoint"), now, expected)
