"""Trying a draft on a twin: proved forward and back, and looked at while its steps are played on clones of their tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kernel.core.errors import Gone, ServerError
from kernel.core.evidence import UNKNOWN, Evidence
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Step
from kernel.core.statistics import TableStatistics
from kernel.flows.learn import Knowledge
from kernel.flows.timing import UNTIMED, timed
from kernel.planning.choose import Chooser
from kernel.planning.clones import Rehearsal, keys
from kernel.planning.prove import Proof, build, prove
from kernel.planning.steps import Draft

Sides = tuple[Catalog, Catalog]


@dataclass(frozen=True)
class Trial:
    """A throw-away place, and what is known of the server; `own` is the schema of sqlx itself."""

    place: Any
    known: Knowledge
    own: str

    def build(self, base: Catalog) -> str:
        """The base in the emptied place; "" or why it cannot be had there."""
        self.place.adapter.empty(self.place)
        return build(self.place, base, self.known.kinds, Chooser(self.known.kinds, self.known.matrix), self.own)

    def prove(self, sides: Sides, draft: Draft, chooser: Chooser) -> Proof:
        """Forward and back; with rows in the tables and somebody looking on, unless all of it was seen before. Rows that do not fit are no proof of
        anything: then it is tried without."""
        kinds, remembered = self.known.kinds, self.known.rehearsals
        known = keys(draft, sides, self.known.matrix.server_digest)
        proof = None
        if not all(key in remembered.known for key in known.values()):
            rehearsal = Rehearsal(self.place, sides, draft, chooser)
            try:
                proof = prove(self.place, *sides, draft.steps, kinds, rehearsal.play)
            finally:
                rehearsal.close()
            remembered.put({known[number]: one for number, one in rehearsal.seen.items()})
            if not proof.holds:
                self.build(sides[0])
        if proof is None or not proof.holds:
            proof = prove(self.place, *sides, draft.steps, kinds)
            if proof.holds:
                remembered.put({key: UNKNOWN for key in known.values() if key not in remembered.known})
        return replace(proof, seen={number: remembered.known[key] for number, key in known.items() if key in remembered.known})

    def time(self, long: Collection[Step], draft: Draft, chooser: Chooser, statistics: Mapping[NodeId, TableStatistics]) -> str:
        """How long these steps run; what comes of it is remembered, and that nothing does: the plan holds without. "" or why it cannot be told."""
        lines, says = dict.fromkeys((step.number for step in long), UNTIMED), ""
        try:
            lines = timed(self.place, draft.sides, draft, long, chooser, statistics, self.build)
        except Gone:
            raise
        except ServerError as error:
            says = error.what
        found, known = keys(draft, draft.sides, self.known.matrix.server_digest), self.known.rehearsals.known
        self.known.rehearsals.put({found[number]: replace(known.get(found[number], UNKNOWN), runs_us_fixed=line.fixed,
                                                          runs_us_per_million=line.per_million) for number, line in lines.items()})
        self.remember(draft, draft.sides, chooser)
        return says

    def remember(self, draft: Draft, sides: Sides, chooser: Chooser) -> None:
        """What clones showed of these steps, now or before, is what they cost; of what could not be seen there, what was learned."""
        found = keys(draft, sides, self.known.matrix.server_digest)
        for step, (subject, capability) in zip(draft.steps, draft.subjects, strict=True):
            if (seen := self.known.rehearsals.known.get(found[step.number])) is not None:
                chooser.seen[subject, capability] = seen_or_learned(seen, chooser.matrix[capability])


def seen_or_learned(seen: Evidence, general: Evidence) -> Evidence:
    """What a clone showed; its times alone where nobody could see there what was done to it."""
    if replace(seen, runs_us_fixed=None, runs_us_per_million=None) != UNKNOWN:
        return seen
    return replace(general, runs_us_fixed=seen.runs_us_fixed, runs_us_per_million=seen.runs_us_per_million)


def ways(draft: Draft) -> list[dict[str, Any]]:
    """The strategies of its steps, to tell whether two drafts do the same."""
    return [step.strategy.as_json() for step in draft.steps]
