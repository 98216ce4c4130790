"""The state of a database, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlx_cli.output import count, show, show_json

if TYPE_CHECKING:
    from kernel.flows import purge
    from kernel.flows.status import Result

STYLES = {"done": "green", "running": "bold yellow", "undoing": "bold yellow", "undone": "cyan"}
WORDS = {"done": "applied", "running": "begun and not ended", "undoing": "being taken back", "undone": "taken back"}


def show_status(result: Result, *, as_json: bool) -> None:
    if as_json:
        show_json(result.as_json())
        return
    show(f"{result.target}  {result.server}", style="bold")
    show(f"  schema {result.fingerprint[7:19]}" + (f", database {result.id}" if result.id else ", sqlx has changed nothing here yet"))
    for run in result.runs:
        show(f"  {run.plan}  {WORDS[run.state]}  {count(run.steps, 'step')}  {run.begun[:19]}  {run.actor}", style=STYLES[run.state])
    if result.open is not None:
        done = sum(one.state == "done" for one in result.open_steps)
        show(f"  {done} of {result.open.steps} steps are done; go on with `sqlx apply DIR --resume`, or back with `sqlx rollback DIR`",
             style="yellow")
    if result.drifted:
        show("  the schema is not the one that the last run left: somebody else changed it (`sqlx plan:diff` shows what)", style="red")
    for one in result.kept:
        show(f"  {one.table.label} keeps what {one.plan} took away{_rows(one)}: `sqlx purge` lets it go", style="dim")
    if result.waiting:
        show(f"  {result.waiting} entries wait for the audit log: run the next command with --key", style="yellow")


def show_purged(result: purge.Result, *, as_json: bool) -> None:
    if as_json:
        show_json({"purged": [one.as_json() for one in result.purged], "left": [one.as_json() for one in result.left]})
        return
    for one in result.purged:
        show(f"- {one.table.label}, which kept what {one.plan} took away{_rows(one)}", style="red")
    for one in result.left:
        show(f"  {one.table.label} stays: {one.plan} was applied {f'on {one.since[:10]}' if one.since else 'and has not ended'}", style="dim")
    if not result.purged:
        show("Nothing is old enough to let go." if result.left else "No rows are kept here.")


def _rows(one: purge.Kept) -> str:
    return f" ({count(one.rows, 'row')})" if one.rows >= 0 else ""
