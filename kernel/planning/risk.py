"""How much there is to fear, 0 to 100, as named parts, each with its reason.

score = 100 x (1 - product of (1 - weight)) over the parts that apply: one sure loss outweighs ten trifles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kernel.core.node import NodeId
from kernel.core.plan import Risk, Step
from kernel.planning.choose import Budget

WEIGHTS = {"data loss": 60, "irreversible": 40, "blocking": 35, "rows decide": 30, "not proved": 20, "blast radius": 15, "not known": 15}
"""The weight of each part in percent, where it applies in full."""


def risk(steps: Iterable[Step], budget: Budget, rows: Mapping[NodeId, int], *, proved: bool, offenders: int = 0) -> Risk:
    """The risk of these steps. More rows, a worse lock or less knowledge never lowers it."""
    steps = tuple(steps)
    found: list[tuple[str, int, str]] = []

    def part(name: str, share: float, says: str) -> None:
        if share > 0:
            found.append((name, max(1, int(WEIGHTS[name] * min(share, 1.0))), says))
    lossy = [step for step in steps if step.loses]
    kept = [step for step in steps if step.saves]
    part("data loss", (0.5 if len(kept) >= len(lossy) else 1.0) if lossy else 0,
         "; ".join(step.loses for step in lossy) + (" (kept aside for rolling back)" if kept else ""))
    stuck = [step for step in steps if step.cannot_undo]
    part("irreversible", 1.0 if stuck else 0, "; ".join(f"step {step.number}: {step.cannot_undo}" for step in stuck))
    longest = max((step.estimate_us for step in steps), default=0)
    over = longest > budget.blocked_writes_us
    part("blocking", min(1.0, longest / (5 * budget.blocked_writes_us)) if over else 0,
         f"a step keeps others waiting for about {longest / 1e6:.1f} s")
    part("rows decide", 1.0 if offenders else 0, f"{offenders} rows that are there now would make a step fail")
    part("not proved", 0 if proved or not steps else 1.0, "the plan was not rehearsed on a twin")
    tables = {id.path[:2] for step in steps for id in step.after if id.kind == "table" or len(id.path) > 2}
    part("blast radius", (len(tables) - 3) / 20 if len(tables) > 3 else 0, f"{len(tables)} tables are touched")
    unknown = [step for step in steps if step.capability and step.estimate_us < 0]
    part("not known", 1.0 if unknown else 0, f"{len(unknown)} steps have a cost that was not measured")
    left = 1.0
    for _, weight, _ in found:
        left *= 1 - weight / 100
    return Risk(round(100 * (1 - left)), tuple(found))
