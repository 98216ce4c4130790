"""sqlx simulate"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, plan_folder, twin_place, workload_file


@click.command("simulate")
@plan_folder
@twin_place
@click.option("--rows", type=click.IntRange(0, 10_000_000), metavar="N",
              help="How many rows each table gets.  [default: as many as live; of large ones in proportion, the largest 10,000]")
@click.option("--every-prefix", is_flag=True, help="Roll back from after each step, not from the last one alone.")
@click.option("--key", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="The SSH key that signs the result into the plan.")
@workload_file
@as_json
def command(folder: Path, twin: str, rows: int | None, every_prefix: bool, key: Path | None, workload: Path | None, json: bool) -> int:
    """Rehearse a plan on a twin, forward and back."""
    from kernel.flows import simulate
    from sqlx_cli import session
    from sqlx_cli.questions import passphrase
    from sqlx_cli.views.progress import Progress
    from sqlx_cli.views.simulation import show_simulation

    request = simulate.Request(folder, twin, rows, every_prefix, key, workload)
    with Progress("simulating") as progress:
        result = simulate.run(request, session.ports(progress), passphrase(key) if key is not None else None)
    show_simulation(result, as_json=json)
    return 0
