"""How much there is to fear of a plan, 0 to 100: what can happen, how likely it is at most, and how bad it would be.

    score = 100 x (1 - product over what can happen of (1 - weight x likelihood))

One sure loss outweighs ten trifles, and ten trifles never add up to a loss. A likelihood is the upper end of what is known: more rows, a worse
lock, more that hangs on it or less knowledge never lower the score. Risk decides nothing; policy does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from kernel.core.node import NodeId
from kernel.core.plan import Risk, Step
from kernel.planning.cost import ASSUMED, Budget, lasts

COMPONENTS = {
    "data loss": (100, "values go that no step can bring back, or only as long as they are kept aside"),
    "blocking": (80, "somebody waits for longer than the lock budget allows"),
    "code": (80, "a query, a view or a program that is in use fails afterwards"),
    "irreversible": (50, "a step cannot be taken back"),
    "refusal": (50, "it stops half-way: rows do not fit, or a lock is not to be had"),
    "load": (30, "the server is busy for long: disk, log, replicas"),
    "spread": (20, "many tables change at once"),
}
"""What can happen -> how bad it is, in percent of the worst, and what it is. The one table of weights."""

UNCERTAINTY = "uncertainty"

UNPROVED, UNTIMED, UNSEEN = 0.2, 0.05, 0.15
"""By how much of what is left a likelihood grows: the plan was not rehearsed, a figure is not of this server, who waits was not seen."""

WIDENED = frozenset({"blocking", "irreversible", "refusal"})
"""What becomes more likely where less is known. That values go, or that a name does, is known from the plan itself."""

MOST_REASONS = 3

KEPT, GONE = 0.2, 0.95
"""How likely values are wanted back when they can't be had: those kept aside (a retention ends, a rollback comes late), those that are not kept."""


@dataclass(frozen=True)
class Danger:
    """One thing that can happen: which component it counts for, how likely it is at most (0 to 1), and why that is said."""

    component: str
    likely: float
    says: str
    widened: float = 0.0

    @property
    def upper(self) -> float:
        likely = min(max(self.likely, 0.0), 1.0)
        return likely + (1 - likely) * self.widened


@dataclass(frozen=True)
class Setting:
    """What the steps are seen against: the lock budget, how many rows tables have, how much hangs on each object, whether a twin proved it
    all, how many rows that are there now would make a step fail, and how many writes a second a table gets, where that is known."""

    budget: Budget = field(default_factory=Budget)
    rows: Mapping[NodeId, int] = field(default_factory=dict)
    users: Mapping[NodeId, int] = field(default_factory=dict)
    proved: bool = True
    offenders: int = 0
    heat: Mapping[NodeId, int] = field(default_factory=dict)


def risk(steps: Iterable[Step], setting: Setting) -> Risk:
    """The risk of these steps, with what each component adds: the score less the score without it."""
    steps = tuple(steps)
    found = _widened(tuple(_dangers(steps, setting)), steps, setting)
    whole = _score(found)
    parts = []
    for name in COMPONENTS:
        of_it = [one for one in found if one.component == name and one.upper]
        points = whole - _score(one for one in found if one.component != name)
        if points >= 0.5:
            parts.append((name, round(points), _reasons(of_it)))
    sure = whole - _score(replace(one, widened=0.0) for one in found)
    if sure >= 0.5:
        parts.append((UNCERTAINTY, round(sure), "; ".join(_doubts(steps, setting))))
    return Risk(round(whole), tuple(parts))


def _reasons(dangers: Iterable[Danger]) -> str:
    """The worst first, and how many more there are."""
    said = list(dict.fromkeys(one.says for one in sorted(dangers, key=lambda one: -one.upper)))
    return "; ".join(said[:MOST_REASONS]) + (f"; and {len(said) - MOST_REASONS} more" if len(said) > MOST_REASONS else "")


def _score(dangers: Iterable[Danger]) -> float:
    """Of several of one component the worst counts: they are the same thing, seen in several steps."""
    worst: dict[str, float] = {}
    for one in dangers:
        worst[one.component] = max(worst.get(one.component, 0.0), one.upper)
    left = 1.0
    for name, likely in worst.items():
        left *= 1 - COMPONENTS[name][0] / 100 * likely
    return 100 * (1 - left)


def _widened(dangers: tuple[Danger, ...], steps: tuple[Step, ...], setting: Setting) -> tuple[Danger, ...]:
    by = 0.0
    for share, there in ((UNPROVED, not setting.proved), (UNTIMED, _untimed(steps, setting)), (UNSEEN, _unseen(steps))):
        by += (1 - by) * share if there and steps else 0.0
    return tuple(replace(one, widened=by) if one.component in WIDENED else one for one in dangers)


def _doubts(steps: tuple[Step, ...], setting: Setting) -> list[str]:
    said = [(not setting.proved, "the plan was not rehearsed on a twin"), (_unseen(steps), "nobody could see who waits for some steps"),
            (_untimed(steps, setting), "how long some steps take was not timed on this server")]
    return [words for there, words in said if there]


def _untimed(steps: Iterable[Step], setting: Setting) -> bool:
    """Where even the slowest figure fits the budget, it does not matter."""
    return any(step.known == ASSUMED and step.estimate_us > setting.budget.blocked_reads_us for step in steps)


def _unseen(steps: Iterable[Step]) -> bool:
    return any(step.capability and step.estimate_us < 0 for step in steps)


def _dangers(steps: tuple[Step, ...], setting: Setting) -> Iterator[Danger]:
    for step in steps:
        yield from _of_values(step)
        yield from _of_time(step, setting)
        yield from _of_the_way_back(step)
        yield from _of_users(step, setting)
    if setting.offenders:
        yield Danger("refusal", 1.0, f"{setting.offenders} rows that are there now would make a step fail")
    if steps and not setting.proved:
        yield Danger("irreversible", 0.0, "the way back was not rehearsed")
    tables = {id.path[:2] for step in steps for id in step.after if id.kind == "table" or len(id.path) > 2}
    if len(tables) > 1:
        yield Danger("spread", (len(tables) - 1) / (len(tables) + 19), f"{len(tables)} tables are touched")


def _of_values(step: Step) -> Iterator[Danger]:
    if step.loses:
        kept = not step.for_good
        yield Danger("data loss", KEPT if kept else GONE, step.loses + (" (kept aside for rolling back)" if kept else ""))


def _of_time(step: Step, setting: Setting) -> Iterator[Danger]:
    """Half-way to certain where the wait is four times the budget; sooner on a table that many write to."""
    waits = max(step.estimate_us, 0)
    if waits:
        heat = max((setting.heat.get(NodeId("table", id.path[:2]), 0) for id in step.after if len(id.path) > 1), default=0)
        over = waits / max(1, setting.budget.blocked_writes_us) * (1 + heat / 100)
        yield Danger("blocking", over / (over + 4), f"step {step.number} keeps others waiting for {lasts(waits)} at the worst")
    if step.takes_us > 0:
        hours = step.takes_us / 3.6e9
        yield Danger("load", hours / (hours + 1), f"step {step.number} runs for about {lasts(step.takes_us)}")


def _of_the_way_back(step: Step) -> Iterator[Danger]:
    if step.cannot_undo:
        yield Danger("irreversible", 1.0, f"step {step.number}: {step.cannot_undo}")
    if not step.transactional and len(step.strategy.statements) > 1:
        yield Danger("refusal", 0.04, f"step {step.number} can stop between its statements")
    if step.strategy.checks:
        yield Danger("refusal", 0.04, f"step {step.number} fails if rows come that do not fit")


def _of_users(step: Step, setting: Setting) -> Iterator[Danger]:
    """What goes or gets another name may be named by what nobody told sqlx of; what hangs on it surely is in use."""
    gone = [id for id, digest in step.before.items() if digest and not step.after.get(id, digest)]
    for id in gone:
        if id.kind in ("table", "column", "view", "materialized_view", "function", "procedure"):
            count = setting.users.get(id, 0)
            hang = f", and {count} objects hang on it" if count else ""
            yield Danger("code", 1 - 0.8 * 0.93 ** count, f"{id.kind.replace('_', ' ')} {id.label} is not there any more under its name{hang}")
