"""What a rehearsal showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlx_cli.output import count, show, show_json

if TYPE_CHECKING:
    from kernel.flows.simulate import Result


def show_simulation(result: Result, *, as_json: bool) -> None:
    if as_json:
        show_json(result.as_json())
        return
    total = sum(result.rows.values())
    show(f"Rehearsed {result.plan} on {result.server}", style="bold")
    rows = f"{count(total, 'row')} in {count(len(result.rows), 'table')} kept"
    show(f"  there: {count(len(result.steps), 'step')}, every object as desired, {rows}", style="green")
    show(f"  back:  from {count(result.ways_back, 'point')}, every object and every row as before", style="green")
    empty = [id.label for id, count in result.rows.items() if not count]
    if empty:
        show(f"  no rows could be made for {', '.join(empty)}", style="yellow")
    if not result.same_server:
        show("  this twin is not the target's like: another version, or other settings", style="yellow")
    slowest = sorted(result.steps, key=lambda one: -one.microseconds)[:3]
    for one in sorted(slowest, key=lambda one: one.number):
        show(f"  step {one.number} took {one.microseconds / 1e6:.3f} s", style="dim")
