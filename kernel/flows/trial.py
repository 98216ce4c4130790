"""Trying a draft on a twin: proved forward and back, and looked at while its steps are played on clones of their tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kernel.core.evidence import UNKNOWN
from kernel.core.node import Catalog
from kernel.flows.learn import Knowledge
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

    def remember(self, draft: Draft, sides: Sides, chooser: Chooser) -> None:
        """What clones showed of these steps, now or before, is what they cost; of what could not be seen there, what was learned."""
        found = keys(draft, sides, self.known.matrix.server_digest)
        for step, (subject, capability) in zip(draft.steps, draft.subjects, strict=True):
            if capability and (seen := self.known.rehearsals.known.get(found[step.number])) is not None:
                chooser.seen[subject, capability] = chooser.matrix[capability] if seen == UNKNOWN else seen


def ways(draft: Draft) -> list[dict[str, Any]]:
    """The strategies of its steps, to tell whether two drafts do the same."""
    return [step.strategy.as_json() for step in draft.steps]
