"""Rows that are there now and would make a step fail: counted, and a few of them named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from kernel.air.tree import clipped
from kernel.core.errors import DataRefused, Refused, ServerError
from kernel.core.finding import Finding
from kernel.core.node import NodeId
from kernel.core.plan import Step
from kernel.core.strategy import Check
from kernel.kinds._offenders import thought_of, without_value
from kernel.kinds._spec import Scene

MASK = "***"
SOME = -1
"""A number of rows that nobody knows."""


def rows_in_the_way(steps: Iterable[Step], session: Any, classified: Collection[NodeId]) -> Iterator[tuple[Finding, int]]:
    """A finding and the number of rows for each check that finds some. What an earlier step makes cannot be asked about yet."""
    for step in steps:
        for check in step.strategy.checks:
            try:
                count = counted(check, session)
                few = session.rows(check.sample) if count and count > 0 and check.sample else []
            except ServerError:
                continue
            if count:
                yield Finding("rows-refuse", f"step {step.number}", refusal(check, count, step) + _told(check, few, classified),
                              look(check, count), "error"), abs(count)


def rows_filled(steps: Iterable[Step], scene: Scene, session: Any, granted: Callable[[str], bool]) -> Iterator[Finding]:
    """Columns that come with no value for the rows which are there, on a server that thinks of one by itself: whose check is not needed there."""
    for step in steps:
        for id in sorted(one for one, digest in step.before.items() if one.kind == "column" and not digest and one in scene.after):
            column = scene.after[id]
            checks = without_value(column, scene) if column.parent in scene.before else ()
            if not checks or not granted(checks[0].unless):
                continue
            if _has_rows(scene.table(column), session):
                value = thought_of(column.text("type")) or f"what the server takes for nothing in {column.text('type')}"
                yield Finding("rows-filled", str(id), f"it holds no nulls and says no default, so the rows that are there get {value}",
                              "say a default, or let it hold nulls until each row has a value of its own")


def _has_rows(table: str, session: Any) -> bool:
    """As far as anybody may look."""
    try:
        return session is None or bool(session.rows(f"SELECT 1 FROM {table} LIMIT 1"))
    except ServerError:
        return True


def counted(check: Check, session: Any) -> int:
    """How many rows are in the way; SOME where the server cannot say. Refused if it is asked for what an earlier step makes."""
    try:
        ((count,),) = session.rows(check.count)
        return int(count)
    except Refused:
        if not check.trial:
            raise
    try:
        session.rows(check.trial)
    except DataRefused:
        return SOME
    return 0


def look(check: Check, count: int) -> str:
    """How people find them."""
    return f"look for them: {check.trial}" if count == SOME else f"look at them: {check.rows}"


def refusal(check: Check, count: int, step: Step) -> str:
    told = f"some {check.what}" if count == SOME else f"{count} {check.what}{'' if count == 1 else 's'}"
    return f"{told} would make `{step.says}` fail"


def _told(check: Check, rows: list[tuple[Any, ...]], classified: Collection[NodeId]) -> str:
    """The first few by their keys. A plan is read by many people: what is classified stays hidden."""
    if not rows:
        return ""
    shown = [[MASK if id in classified else clipped(str(value)) for id, value in zip(check.columns, row, strict=True)] for row in rows]
    if len(check.columns) == 1:
        return f": {check.columns[0].name} = {', '.join(value for (value,) in shown)}"
    return f": ({', '.join(id.name for id in check.columns)}) = {', '.join('(' + ', '.join(row) + ')' for row in shown)}"
