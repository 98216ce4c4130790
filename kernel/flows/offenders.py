"""Rows that are there now and would make a step fail: counted, and a few of them named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from kernel.air.tree import clipped
from kernel.core.errors import ServerError
from kernel.core.finding import Finding
from kernel.core.node import NodeId
from kernel.core.plan import Step
from kernel.core.strategy import Check

MASK = "***"


def rows_in_the_way(steps: Iterable[Step], session: Any, classified: Collection[NodeId]) -> Iterator[tuple[Finding, int]]:
    """A finding and the number of rows for each check that finds some. What an earlier step makes cannot be asked about yet."""
    for step in steps:
        for check in step.strategy.checks:
            try:
                ((count,),) = session.rows(check.count)
                few = session.rows(check.sample) if count and check.sample else []
            except ServerError:
                continue
            if count:
                yield Finding("rows-refuse", f"step {step.number}", refusal(count, step) + _told(check, few, classified),
                              f"look at them: {check.rows}", "error"), int(count)


def refusal(count: int, step: Step) -> str:
    return f"{count} {'row' if count == 1 else 'rows'} would make `{step.says}` fail"


def _told(check: Check, rows: list[tuple[Any, ...]], classified: Collection[NodeId]) -> str:
    """The first few by their keys. A plan is read by many people: what is classified stays hidden."""
    if not rows:
        return ""
    shown = [[MASK if id in classified else clipped(str(value)) for id, value in zip(check.columns, row, strict=True)] for row in rows]
    if len(check.columns) == 1:
        return f": {check.columns[0].name} = {', '.join(value for (value,) in shown)}"
    return f": ({', '.join(id.name for id in check.columns)}) = {', '.join('(' + ', '.join(row) + ')' for row in shown)}"
