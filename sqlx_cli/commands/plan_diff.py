"""sqlx plan:diff"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, desired_files, target_place, twin_place, workload_file


@click.command("plan:diff")
@target_place
@desired_files
@twin_place
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="Where plan.json and plan.md go.  [default: plans/TARGET/ID of the project]")
@click.option("--snapshot", type=click.Path(path_type=Path, dir_okay=False), help="Plan from this snapshot instead of asking the live database.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes, with 0 if there are none.")
@click.option("--strict-coverage", is_flag=True, help="Objects that sqlx does not read are errors.")
@click.option("--phase", type=click.Choice(["expand", "migrate", "contract"]), help="Plan only what one deploy brings: what the program that runs "
              "now does not notice, then what asks more of it, then what takes away.  [default: all at once]")
@workload_file
@as_json
def command(target: str, desired: tuple[Path, ...], twin: str, out: Path | None, detailed_exitcode: bool, strict_coverage: bool,
            snapshot: Path | None, phase: str | None, workload: Path | None, json: bool) -> int:
    """Plan the way from the live database to the desired schema."""
    from kernel.flows import plan
    from sqlx_cli import session
    from sqlx_cli.views.plan import show_result
    from sqlx_cli.views.progress import Progress

    with Progress("planning") as progress:
        ports = session.ports(progress)
        result = plan.run(plan.Request(target, desired, twin, out, strict_coverage, snapshot, phase or "", workload), ports)
    show_result(result, as_json=json)
    return 2 if detailed_exitcode and not result.plan.empty else 0
