"""Rehearsing a plan with rows in it: do they survive the way there, and the way back from every step? And what did it take?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kernel.core.errors import CannotPlan, DidNotArrive, DidNotReturn, Gone, NotDeclared, RowsLost, ServerError
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Step
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Kind
from kernel.planning import watching
from kernel.planning.choose import Chooser
from kernel.planning.contents import Contents, Moves, lost
from kernel.planning.introspect import introspect
from kernel.planning.load import play
from kernel.planning.ports import Sensors, Session
from kernel.planning.steps import Planner


@dataclass(frozen=True)
class Played:
    """One step on the twin: microseconds there and back, bytes of log written on the way there, and what a second session saw.

    None is not known. `locks` are (relation, mode) as the server calls them.
    """

    number: int
    microseconds: int
    back_microseconds: int | None = None
    written: int | None = None
    blocks_reads: bool | None = None
    blocks_writes: bool | None = None
    rewrites: bool | None = None
    scans: bool | None = None
    locks: tuple[tuple[str, str], ...] = ()

    @property
    def grows(self) -> bool:
        """It was not seen to take the same however many rows there are."""
        return self.rewrites is not False or self.scans is not False

    def as_json(self) -> dict[str, Any]:
        facts = {"back_microseconds": self.back_microseconds, "written": self.written, "blocks_reads": self.blocks_reads,
                 "blocks_writes": self.blocks_writes, "rewrites": self.rewrites, "scans": self.scans, "locks": [list(one) for one in self.locks]}
        return {"number": self.number, "microseconds": self.microseconds, **{key: one for key, one in facts.items() if one not in (None, [])}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Played:
        return cls(**{**data, "locks": tuple((one[0], one[1]) for one in data.get("locks", ()))})


def forward(place: Session, steps: Iterable[Step]) -> list[Played]:
    """Every step as apply runs it; DidNotArrive names the one that the twin refuses."""
    played = []
    for step in steps:
        already = _written(place)
        began = time.monotonic()
        _play(place, step.strategy, f"step {step.number}: {step.says}")
        took = int((time.monotonic() - began) * 1e6)
        now = _written(place)
        played.append(Played(step.number, took, written=None if already is None or now is None else max(0, now - already)))
    return played


def backward(place: Session, steps: Iterable[Step]) -> dict[int, int]:
    """Every undo; how many microseconds each took, by the step's number."""
    took = {}
    for step in steps:
        began = time.monotonic()
        for strategy in step.undo:
            _play(place, strategy, f"taking back step {step.number}: {step.says}")
        took[step.number] = int((time.monotonic() - began) * 1e6)
    return took


def watched(place: Session, other: Session, steps: Iterable[Step], tables: Sequence[NodeId]) -> dict[int, Sensors]:
    """Every step once more, while a second session tries to read and write the tables."""
    return {step.number: watching.watched(place, other, tables, step.strategy) for step in steps}


def with_sensors(played: Played, seen: Sensors | None) -> Played:
    if seen is None:
        return played
    return replace(played, blocks_reads=seen.blocks_reads, blocks_writes=seen.blocks_writes, rewrites=seen.rewrites, scans=seen.scans,
                   locks=seen.locks)


def _written(place: Session) -> int | None:
    asked = getattr(place.adapter, "written", None)
    return asked(place) if asked is not None else None


def _play(place: Session, strategy: Strategy, where: str) -> None:
    try:
        play(place, strategy)
    except Gone:
        raise
    except ServerError as error:
        raise DidNotArrive(f"the twin refuses it: {error.what}", where=where, why=error.why, next="plan again, or report it with the plan") from error


def require_same(place: Session, wanted: Catalog, kinds: Mapping[str, Kind], what: str) -> None:
    """The twin is as wanted, object by object."""
    seen = introspect(place, kinds).catalog
    if seen != wanted:
        different = [str(id) for id in sorted({*seen, *wanted}) if seen.get(id) != wanted.get(id)]
        error = DidNotReturn if "back" in what else DidNotArrive
        raise error(f"{what}, the twin is not as it should be", why="different: " + ", ".join(different[:8]),
                    next="plan again, or report it with the plan")


def require_nothing_left(place: Session, desired: Catalog, chooser: Chooser) -> None:
    """Planning again from here finds nothing to do."""
    try:
        left = Planner(chooser, place.adapter.q).plan(introspect(place, chooser.kinds).catalog, desired).steps
    except CannotPlan as error:
        raise DidNotArrive("after the last step there is still a difference", where=error.where, why=error.what) from error
    if left:
        raise DidNotArrive("after the last step there is still something to do", why="; ".join(step.says for step in left[:5]),
                           next="plan again, or report it with the plan")


def require_rows(before: Contents, after: Contents, moves: Moves, what: str) -> None:
    if says := lost(before, after, moves):
        raise RowsLost(f"{what}: {says}", next="do not apply this plan; report it")


def outside(place: Session) -> tuple[str, ...] | None:
    """What the server's own dump program says, where there is one."""
    asked = getattr(place.adapter, "outside", None)
    found: tuple[str, ...] | None = asked(place) if asked is not None else None
    return found


def require_same_outside(before: tuple[str, ...] | None, after: tuple[str, ...] | None, what: str) -> bool:
    """An outside dump says the same as before; False where there is none."""
    if before is None or after is None:
        return False
    if before != after:
        old, new = Counter(before), Counter(after)
        told = [*(f"- {one}" for one in (old - new).elements()), *(f"+ {one}" for one in (new - old).elements())]
        raise DidNotReturn(f"{what}, the server's own dump is another one", why=" ".join(" ".join(told).split())[:600],
                           next="plan again, or report it with the plan")
    return True


def require_declared(steps: Iterable[Step], played: Mapping[int, Played]) -> None:
    """No step writes rows anew that was planned as one that does not."""
    for step in steps:
        if step.rewrites is False and played[step.number].rewrites is True:
            raise NotDeclared(f"step {step.number} writes the rows of a table anew, and the plan says that it does not",
                              where=f"step {step.number}: {step.says}", why="so its cost grows with the table, and the plan was chosen without that",
                              next="plan again with a fresh `sqlx learn`; until then do not apply this plan to a large table")
