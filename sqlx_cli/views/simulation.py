"""What a rehearsal showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlx_cli.output import show, show_json

if TYPE_CHECKING:
    from kernel.flows.simulate import Result


def show_simulation(result: Result, *, as_json: bool) -> None:
    if as_json:
        show_json(result.as_json())
        return
    total = sum(result.rows.values())
    show(f"Rehearsed {result.plan} on {result.server}", style="bold")
    show(f"  there: {len(result.steps)} steps, every object as desired, {total} rows in {len(result.rows)} tables kept", style="green")
    show(f"  back:  from {result.ways_back} point{'s' if result.ways_back != 1 else ''}, every object and every row as before", style="green")
    empty = [id.label for id, count in result.rows.items() if not count]
    if empty:
        show(f"  no rows could be made for {', '.join(empty)}", style="yellow")
    if not result.same_server:
        show("  this twin is not the target's like: another version, or other settings", style="yellow")
    for one in sorted(result.steps, key=lambda one: -one.microseconds)[:3]:
        show(f"  step {one.number} took {one.microseconds / 1e6:.3f} s", style="dim")
