"""sqlx simulate"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, plan_folder, twin_place


@click.command("simulate")
@plan_folder
@twin_place
@click.option("--rows", type=click.IntRange(0, 100_000), default=50, show_default=True, help="How many rows each table gets.")
@click.option("--every-prefix", is_flag=True, help="Roll back from after each step, not from the last one alone.")
@as_json
def command(folder: Path, twin: str, rows: int, every_prefix: bool, json: bool) -> int:
    """Rehearse a plan on a twin, forward and back."""
    from kernel.flows import simulate
    from sqlx_cli import session
    from sqlx_cli.views.progress import Progress
    from sqlx_cli.views.simulation import show_simulation

    with Progress("simulating") as progress:
        result = simulate.run(simulate.Request(folder, twin, rows, every_prefix), session.ports(progress))
    show_simulation(result, as_json=json)
    return 0
