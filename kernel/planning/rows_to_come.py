"""What rows will hold in columns that the same plan adds: so that rows in the way of a later step are known before the first one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.plan import Step
from kernel.core.strategy import Check
from kernel.kinds._offenders import thought_of
from kernel.kinds._spec import Quoting

OURS = "_sqlx_rows"
NUMBERED = "row_number() OVER ()"
_DRAWS = re.compile(r"\bnextval\b", re.IGNORECASE)


def foreseen(steps: Iterable[Step], base: Catalog, desired: Catalog, q: Quoting) -> Iterator[Step]:
    """The steps, with checks that ask the rows as they are now as if they had the columns that come with the step or before it.

    A check that the column itself has no value for the rows asks them without it.
    """
    coming: dict[NodeId, list[tuple[str, str]]] = {}
    for step in steps:
        without = {check: _asked(check, coming, q) for check in step.strategy.checks if check.unless}
        for id, digest in sorted(step.before.items()):
            node = desired.get(id)
            if node is None or digest or node.parent is None or node.parent not in base or id.kind != "column":
                continue
            if value := _former(step, node, q) or value_of(node):
                coming.setdefault(node.parent, []).append((node.name, value))
        checks = tuple(without.get(check) or _asked(check, coming, q) for check in step.strategy.checks)
        yield step if checks == step.strategy.checks else replace(step, strategy=replace(step.strategy, checks=checks))


def _former(step: Step, column: Node, q: Quoting) -> str:
    """The name that it has until this step renames it."""
    gone = [id for id, digest in step.before.items() if digest and not step.after.get(id) and id.path[:-1] == column.id.path[:-1]]
    return q.name(gone[0].name) if len(gone) == 1 and ".rename." in step.capability else ""


def value_of(column: Node) -> str:
    """An expression for what the rows get that are there when the column comes; "" where that cannot be told."""
    default = column.text("default")
    if column.text("generated"):
        return f"({column.text('generated')})"
    if column.text("identity") or _DRAWS.search(default):
        return NUMBERED
    if default:
        return f"({default})"
    if column.get("nullable", True):
        return "NULL"
    return thought_of(column.text("type"))


def _asked(check: Check, coming: dict[NodeId, list[tuple[str, str]]], q: Quoting) -> Check:
    for table, columns in coming.items():
        spelled = source = q.name(*table.path)
        if spelled in check.count:
            for name, value in columns:
                source = f"(SELECT {OURS}.*, {value} AS {q.name(name)} FROM {source} AS {OURS})"
            check = replace(check, count=_over(check.count, spelled, source), sample=_over(check.sample, spelled, source))
    return check


def _over(query: str, table: str, source: str) -> str:
    """The query over another source of rows than the table, by the alias that it has there."""
    return re.sub(rf"\bFROM {re.escape(table)}(?: AS (\w+))?(?= |\)|$)", lambda found: f"FROM {source} AS {found[1] or OURS}", query)
