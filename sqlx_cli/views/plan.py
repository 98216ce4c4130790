"""A plan in the terminal: what changes, what it costs others, what it takes away, and what to do next."""

from __future__ import annotations

import json as jsonlib
from typing import TYPE_CHECKING

from sqlx_cli.output import count, say, show, show_json

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.core.finding import Finding
    from kernel.core.plan import Plan, Step
    from kernel.core.workload import Felt
    from kernel.flows.package import Package
    from kernel.flows.plan import Result

SIGNS = {"add": ("+", "green"), "drop": ("-", "red"), "keep": ("=", "cyan")}
CHANGE = ("~", "yellow")
SEVERITY = {"error": "bold red", "warning": "yellow", "note": "dim"}
MARGIN = 7


FOLDED = 3
"""Of a longer statement only the beginning is shown where nobody asked for all of it."""

FEW, LISTED = 3, 12
"""Of findings that say the same of many objects: those shown, and those of the others that are named."""


def show_plan(plan: Plan, id: str, *, whole: bool = False, why: bool = False, back: bool = False) -> None:
    """The plan, a line for each step and the statements under it."""
    if plan.empty:
        show("No changes: the database is as it is desired.", style="green")
    else:
        show(f"Plan {id} for {plan.target.get('name', '')} ({_version(plan)})", style="bold")
    for step in plan.steps:
        _show_step(step, plan.felt.get(step.number), whole, why)
    if back and not plan.empty:
        _show_way_back(plan)
    _show_findings(plan)
    if not plan.empty:
        _show_summary(plan)


def _version(plan: Plan) -> str:
    return plan.target.get("version", "").partition(" on ")[0]


def _show_step(step: Step, felt: Felt | None, whole: bool, why: bool) -> None:
    sign, style = SIGNS.get(step.says.split()[0], CHANGE)
    show(f"\n {sign} {step.number:>2}. {step.says}", style=f"bold {style}")
    for statement in step.strategy.statements:
        _show_statement(statement, whole)
    show(step.blocks or "blocks nobody", indent=MARGIN, style="yellow" if step.why.endswith("over the lock budget") else "")
    if felt is not None:
        _show_felt(felt, why)
    if step.loses:
        kept = f"; the rows are kept in {step.saves} for rolling back" if step.saves else ""
        show(f"takes away: {step.loses}{kept}", indent=MARGIN, style="bold red")
    if step.cannot_undo:
        show(f"cannot be taken back: {step.cannot_undo}", indent=MARGIN, style="bold red")
    if why:
        show(f"by {step.strategy.name} ({step.capability or 'no capability needed'}): {step.why or 'the simplest way'}", indent=MARGIN, style="cyan")
        for one in step.passed_over:
            show(f"not by {one.name}: {one.why}", indent=MARGIN, style="cyan")


def _show_felt(felt: Felt, why: bool) -> None:
    from kernel.planning.impact import says, tries

    if noticed := says(felt):
        show(f"users: {noticed}", indent=MARGIN, style="yellow" if felt.longest_us >= 200_000 else "")
    if (attempts := tries(felt)) and (why or felt.gave_up_ppm):
        show(attempts, indent=MARGIN, style="cyan")


def _show_statement(statement: str, whole: bool) -> None:
    lines = (statement + ";").split("\n")
    if not whole and len(lines) > FOLDED:
        lines = [lines[0], f"    ... {len(lines) - 2} more lines ...", lines[-1]]
    show("\n".join(lines), style="dim", indent=MARGIN)


def _show_way_back(plan: Plan) -> None:
    from kernel.planning.rollback import RETENTION_DAYS, keeps, way_back

    show("\nThe way back, from after any step", style="bold")
    if kept := keeps(plan):
        show(f"kept aside until `sqlx purge`, {RETENTION_DAYS} days unless it is told otherwise: {', '.join(kept)}", style="dim")
    for one in way_back(plan):
        show(f"\n {one.step.number:>4}. {one.step.says}", style="bold")
        show(one.words, style="bold red" if one.never or one.lost else "", indent=MARGIN)
        for statement in (text for way in one.step.undo for text in way.statements):
            _show_statement(statement, whole=True)


def _show_findings(plan: Plan) -> None:
    """Of many that say the same of several objects only the first few are shown in full, unless they keep the plan from being applied."""
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for one in plan.findings:
        alike.setdefault((one.severity, one.rule, one.remedy), []).append(one)
    for (severity, rule, remedy), found in alike.items():
        shown = len(found) if severity == "error" else FEW
        for one in found[:shown]:
            show(f"\n {severity}: {one.where}: {one.says} [{rule}]", style=SEVERITY[severity])
        if rest := found[shown:]:
            others = ", ".join(one.where for one in rest[:LISTED]) + (", ..." if len(rest) > LISTED else "")
            show(f"\n {severity}: and {len(rest)} more [{rule}]: {others}", style=SEVERITY[severity])
        if remedy:
            show(remedy, style="dim", indent=MARGIN)


def _show_summary(plan: Plan) -> None:
    """Last, since that is where people look in a long output."""
    from kernel.planning.impact import says as noticed

    signs = [SIGNS.get(step.says.split()[0], CHANGE)[0] for step in plan.steps]
    words = {"+": "to add", "~": "to change", "-": "to drop", "=": "to keep aside"}
    counts = [f"{signs.count(sign)} {word}" for sign, word in words.items() if sign in signs]
    proved = f"proved {plan.proof}" if plan.proof else "NOT proved on a twin"
    show(f"\n{count(len(plan.steps), 'step')}: {', '.join(counts)}; risk {plan.risk.score} of 100; {proved}.",
         style="bold" if plan.proof else "bold yellow")
    if any(map(noticed, plan.felt.values())):
        show(f"Users, by the lock-queue model: {plan.users}.", style="dim")
    for name, weight, why in plan.risk.parts:
        show(f"{weight:>4}  {name}: {why}", style="dim")


def show_result(result: Result, *, as_json: bool) -> None:
    if as_json:
        data = jsonlib.loads(result.plan.encode())
        show_json({"id": result.id, "folder": str(result.folder or ""), "changes": len(result.plan.steps), "plan": data})
        return
    show_plan(result.plan, result.id)
    if result.folder and not result.plan.empty:
        folder = _from_here(result.folder)
        ways = sum(len(step.passed_over) for step in result.plan.steps)
        say(f"Written to {folder}.")
        against = f", and what spoke against {count(ways, 'other way')}" if ways else ""
        say(f"Every statement{against}: sqlx plan:show {folder} --why")
        say(f"Next: sqlx plan:sign {folder} --key FILE")


def _from_here(folder: Path) -> Path:
    """As people would type it."""
    here = type(folder).cwd()
    return folder.relative_to(here) if folder.is_absolute() and folder.is_relative_to(here) else folder


def _show_rehearsal(package: Package) -> None:
    """What `sqlx simulate` wrote beside this very plan. Only a signature says that it is true: `sqlx plan:verify`."""
    file = package.folder / "simulation.json"
    found = jsonlib.loads(file.read_bytes()) if file.exists() else {}
    if found.get("plan") == package.id and found.get("format") == "sqlx/simulation/v2":
        rows = sum(number for _, number in found["rows"])
        show(f"Rehearsed with {count(rows, 'row')}, there and back from {count(found['ways_back'], 'point')}.", style="green")
        for warning in found["warnings"]:
            show(f"but {warning}", style="yellow", indent=MARGIN)


def show_package(package: Package, *, why: bool, back: bool, as_json: bool) -> None:
    """A plan that lies in a folder."""
    if as_json:
        show_json({"id": package.id, "sha256": package.sha256, "signatures": len(package.lines), "plan": jsonlib.loads(package.data)})
        return
    show_plan(package.plan, package.id, whole=True, why=why, back=back)
    _show_rehearsal(package)
    show(f"Valid until {package.plan.expires_at}; {count(len(package.lines), 'signature')}.", style="dim")
