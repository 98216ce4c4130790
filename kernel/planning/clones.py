"""The very statements of a plan on clones of the very tables: what learning saw on its samples need not hold for these.

A generated column turns an instant change into a copy, an index over an expression is built anew when its column gets wider, a time zone
decides whether rows are written again. So while a plan is proved, each table has a row where one fits, and a second session looks on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kernel.core import canonical
from kernel.core.errors import Gone, ServerError
from kernel.core.evidence import UNKNOWN, Evidence, sort_of
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Step
from kernel.kinds import _inheritance as inheritance
from kernel.planning.choose import Chooser
from kernel.planning.ports import Sensors, Session
from kernel.planning.rows import fill
from kernel.planning.steps import Draft
from kernel.planning.watching import watched

CLONE = "a clone of this table"
"""Where such evidence is from."""


class Rehearsal:
    """Plays the steps of a draft in a place that holds the base; `seen` is what was observed of each, by its number."""

    def __init__(self, place: Session, sides: tuple[Catalog, Catalog], draft: Draft, chooser: Chooser) -> None:
        self.place, self.sides, self.chooser = place, sides, chooser
        self.capabilities = {step.number: capability for step, (_, capability) in zip(draft.steps, draft.subjects, strict=True)}
        self.rows = fill(place, sides[0], getattr(place.adapter, "rows_that_tell", 1))
        self.other = place.adapter.beside(place)
        self.seen: dict[int, Evidence] = {}

    def close(self) -> None:
        self.other.close()

    def play(self, step: Step) -> None:
        """Run its statements; a ServerError is the server's own."""
        tables = sorted(concerned(step, self.sides))
        try:
            seen = watched(self.place, self.other, tables, step.strategy)
        except Gone:
            raise
        except ServerError:
            if not self._emptied(tables):
                raise
            seen = watched(self.place, self.other, tables, step.strategy)
        self.seen[step.number] = UNKNOWN
        capability = self.capabilities[step.number]
        if capability and any(one in self.sides[0] for one in tables):
            has_rows = all(self._rows_of(one) for one in _tables(step.before, self.sides) if one in self.sides[0])
            self.seen[step.number] = as_seen(self.chooser.matrix[capability], capability, seen, has_rows=has_rows)

    def _rows_of(self, table: NodeId) -> int:
        """Those of a table with partitions lie in these: it has rows where each of them has."""
        base = self.sides[0]
        parts = [one for one in inheritance.below(table, base) if not base[one].text("partition_by")] if base[table].text("partition_by") else [table]
        return min((self.rows.get(one, 0) for one in parts), default=0)

    def _emptied(self, tables: Sequence[NodeId]) -> bool:
        """Without their rows: those were ours, and what the statement does not take need not be in the way of anybody's. False if there were none."""
        had = [one for one in tables if self.rows.get(one)]
        for one in (*had, *had[::-1]):
            with contextlib.suppress(ServerError):
                self.place.run(f"DELETE FROM {self.place.adapter.q.name(*one.path)}")
        self.rows = {**self.rows, **dict.fromkeys(had, 0)}
        return bool(had)


def as_seen(general: Evidence, capability: str, seen: Sensors, *, has_rows: bool) -> Evidence:
    """What was seen on the clone where it could be seen there, else what was learned. Without rows nobody sees them being read."""
    def of(name: str) -> bool | None:
        found: bool | None = getattr(seen, name)
        told = found is not None and (has_rows or found or name.startswith("blocks"))
        return found if told else getattr(general, name)
    found = replace(general, blocks_reads=of("blocks_reads"), blocks_writes=of("blocks_writes"), rewrites=of("rewrites"), scans=of("scans"),
                    locks=seen.locks, says="", where=CLONE)
    if sort_of(capability, found) == sort_of(capability, general):
        return found
    return replace(found, us_fixed=None, us_per_million_rows=None, timed_as="")


def keys(draft: Draft, sides: tuple[Catalog, Catalog], server: str) -> dict[int, str]:
    """What the verdict on each step depends on: its statements, the tables that it is about as the base has them, what stands beside
    tables, what was done to those tables before, and the server."""
    base = sides[0]
    beside = sorted(base.digest_of(one.id) for one in base.children(None) if one.id.kind != "table")
    history: dict[NodeId, list[str]] = {}
    found = {}
    for step in draft.steps:
        tables = concerned(step, sides)
        said = canonical.digest("strategy", step.strategy.as_json())
        past = sorted({one for table in tables for one in history.get(table, ())})
        found[step.number] = canonical.digest("clone", {
            "server": server, "strategy": said, "beside": beside, "past": past,
            "tables": sorted(base.digest_of(one) for one in tables if one in base)})
        for table in tables:
            history.setdefault(table, []).append(found[step.number])
    return found


def concerned(step: Step, sides: Iterable[Catalog]) -> set[NodeId]:
    """The tables of what the step touches, and those which are tied to them."""
    sides = tuple(sides)
    ids = {*step.before, *step.after}
    found = _tables(ids, sides)
    for side in sides:
        users = {user.id for id in ids if id in side for user in side.dependants(id)}
        tied = {need for table in found if table in side for node in side.subtree(table) for need in node.depends_on}
        tied |= {user.id for table in found if table in side for user in side.dependants(table)}
        found = found | _tables(users | tied, sides)
    return found


def _tables(ids: Iterable[NodeId], sides: Iterable[Catalog]) -> set[NodeId]:
    wanted = {NodeId("table", id.path[:2]) for id in ids}
    return {one for one in wanted if any(one in side for side in sides)}
