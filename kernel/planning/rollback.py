"""The way back as people read it: for each step what takes it back, what lies aside for that and until when, and what does not come back."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.core.plan import Plan, Step

RETENTION_DAYS = 30
"""For how long `sqlx purge` leaves what a plan took away, unless it is told otherwise."""


@dataclass(frozen=True)
class Back:
    """Taking one step back. `kept` are tables of ours with what it took away; `lost` says what does not come back, and `never` why it cannot
    be taken back at all; `partly` says what becomes of it where it was cut off between two of its statements."""

    step: Step
    kept: tuple[str, ...] = ()
    lost: str = ""
    never: str = ""
    partly: str = ""

    @property
    def words(self) -> str:
        """In one line."""
        if self.never:
            return f"cannot be taken back: {self.never}"
        parts = [f"by {', '.join(one.name for one in self.step.undo)}" if self.step.undo else "nothing to do"]
        parts += [f"with what is kept in {', '.join(self.kept)}"] if self.kept else []
        parts += [f"without {self.lost}"] if self.lost else []
        return "; ".join([", ".join(parts), *([self.partly] if self.partly else [])])


def way_back(plan: Plan) -> tuple[Back, ...]:
    """Of all steps, last first: after any prefix of the steps, those of its steps are what rolling back does."""
    found: list[Back] = []
    aside: tuple[str, ...] = ()
    for step in plan.steps:
        if step.saves:
            aside = (*aside, step.saves)
        found.append(Back(step, () if step.saves else aside, step.loses if step.for_good else "", step.cannot_undo, _partly(step)))
        aside = aside if step.saves else ()
    return tuple(found[::-1])


def _partly(step: Step) -> str:
    """A step in one transaction is there or not; another one can be cut off between two statements."""
    if step.transactional or len(step.strategy.statements) < 2:
        return ""
    if step.strategy.sweep:
        return "cut off half-way: what it has made beside is removed first"
    return "cut off half-way: each statement is taken back as far as it had come"


def keeps(plan: Plan) -> tuple[str, ...]:
    """The tables of ours that hold what the plan takes away."""
    return tuple(step.saves for step in plan.steps if step.saves)


def first_without_return(plan: Plan) -> int:
    """The first step from which on the plan cannot be taken back whole; 0 if there is none."""
    return next((step.number for step in plan.steps if step.cannot_undo), 0)
