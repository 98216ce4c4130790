"""A plan in the terminal: what changes, what it costs others, what it takes away, and what to do next."""

from __future__ import annotations

import json as jsonlib
from typing import TYPE_CHECKING

from sqlx_cli.output import plain, show, show_json

if TYPE_CHECKING:
    from kernel.core.plan import Plan
    from kernel.flows.plan import Result

SIGNS = {"add": ("+", "green"), "drop": ("-", "red"), "keep": ("=", "cyan"), "rename": ("~", "yellow"), "change": ("~", "yellow"),
         "rebuild": ("~", "yellow")}
SEVERITY = {"error": "bold red", "warning": "yellow", "note": "dim"}


def show_plan(plan: Plan, id: str) -> None:
    """The plan, a line for each step and the statements under it."""
    if plan.empty:
        show("No changes: the database is as it is desired.", style="green")
    else:
        show(f"Plan {id} for {plan.target.get('name', '')}")
    for step in plan.steps:
        sign, style = SIGNS.get(step.says.split()[0], ("~", "yellow"))
        show(f"\n {sign} {step.number}. {step.says}", style=style)
        for statement in step.strategy.statements:
            show("      " + statement.replace("\n", "\n      ") + ";", style="dim")
        show(f"      {step.blocks or 'blocks nobody'}" + (f"; loses {step.loses}" if step.loses else "")
             + ("; cannot be taken back" if step.cannot_undo else ""), style="red" if step.loses or step.cannot_undo else "dim")
    for finding in plan.findings:
        show(f"\n {finding.severity}: {finding.where}: {finding.says}", style=SEVERITY[finding.severity])
        if finding.remedy:
            show(f"      {finding.remedy}", style="dim")
    if not plan.empty:
        proved = f", proved {plan.proof}" if plan.proof else ", not proved on a twin"
        show(f"\n{len(plan.steps)} steps, risk {plan.risk.score} of 100{proved}.", style="bold")
        for name, weight, why in plan.risk.parts:
            show(f"  {weight:3} {name}: {why}", style="dim")


def show_result(result: Result, *, as_json: bool) -> None:
    if as_json:
        data = jsonlib.loads(result.plan.encode())
        show_json({"id": result.id, "folder": str(result.folder or ""), "changes": len(result.plan.steps), "plan": data})
        return
    show_plan(result.plan, result.id)
    if result.folder and not result.plan.empty:
        show(f"\nWritten to {plain(result.folder)}. Next: sqlx apply {plain(result.folder)} --target ... --yes")

