"""What a rehearsal showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlx_cli.output import count, say, show, show_json

if TYPE_CHECKING:
    from kernel.flows.simulate import Result
    from kernel.planning.simulate import Played


def show_simulation(result: Result, *, as_json: bool) -> None:
    if as_json:
        show_json({**result.as_json(), "signed_by": result.signed_by})
        return
    from kernel.planning.impact import says

    total = sum(result.rows.values())
    show(f"Rehearsed {result.plan} on {result.server.partition(' on ')[0]}, with {count(total, 'row')} in {count(len(result.rows), 'table')}",
         style="bold")
    show(f"  there: {count(len(result.steps), 'step')}, every object as desired, nothing left to do, every row kept", style="green")
    if result.ways_back:
        witness = ", as the server's own dump says too" if result.outside else ""
        show(f"  back:  from {count(result.ways_back, 'point')}, every object and every row as before{witness}", style="green")
    for warning in result.warnings:
        show(f"  but {warning}", style="yellow")
    for one in result.steps:
        _show_step(one, result)
    if any(map(says, result.felt.values())):
        show(f"Users, by the lock-queue model: {result.users}.", style="dim")
    if result.signed_by:
        say(f"Signed into the plan with {result.signed_by}.")


def _show_step(one: Played, result: Result) -> None:
    from kernel.planning.impact import says, tries

    facts = [seconds(one.microseconds)]
    if result.live_us.get(one.number, 0) > one.microseconds:
        facts.append(f"{seconds(result.live_us[one.number])} on the live rows")
    if one.written:
        facts.append(f"{size(one.written)} of log")
    if one.rewrites or one.scans:
        facts.append("writes the rows anew" if one.rewrites else "reads the rows")
    who = [name for name, blocked in (("readers", one.blocks_reads), ("writers", one.blocks_writes)) if blocked]
    facts.append("keeps out " + " and ".join(who) if who else "keeps nobody out" if one.blocks_writes is False else "who is kept out is not known")
    if one.back_microseconds is not None:
        facts.append(f"back in {seconds(one.back_microseconds)}")
    show(f"  step {one.number}: {', '.join(facts)}", style="dim")
    if (felt := result.felt.get(one.number)) and (noticed := says(felt)):
        show(f"users: {noticed}", indent=10, style="yellow" if felt.longest_us >= 200_000 else "")
        if attempts := tries(felt):
            show(attempts, indent=10, style="dim")


def seconds(microseconds: int) -> str:
    """`0.4 ms`, `12 ms`, `1.2 s`, `4 min`."""
    if microseconds < 10_000:
        return f"{microseconds / 1000:.1f} ms"
    if microseconds < 1_000_000:
        return f"{microseconds // 1000} ms"
    return f"{microseconds / 1e6:.1f} s" if microseconds < 120_000_000 else f"{microseconds / 6e7:.0f} min"


def size(bytes: int) -> str:
    """`12 kB`, `3.4 MB`."""
    return f"{bytes / 1000:.0f} kB" if bytes < 1_000_000 else f"{bytes / 1e6:.1f} MB" if bytes < 1_000_000_000 else f"{bytes / 1e9:.1f} GB"
