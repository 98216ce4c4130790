"""The state of a database, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlx_cli.output import count, show, show_json

if TYPE_CHECKING:
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
    if result.waiting:
        show(f"  {result.waiting} entries wait for the audit log: run the next command with --key", style="yellow")
