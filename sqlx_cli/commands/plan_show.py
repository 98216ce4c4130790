"""sqlx plan:show"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, plan_folder


@click.command("plan:show")
@plan_folder
@click.option("--why", is_flag=True, help="With the ways that were passed over, and the server's own words against each.")
@click.option("--back", is_flag=True, help="With the statements that take each step back.")
@as_json
def command(folder: Path, why: bool, back: bool, json: bool) -> int:
    """Show a plan for people."""
    from kernel.flows.package import open_package
    from sqlx_cli.views.plan import show_package

    show_package(open_package(folder), why=why, back=back, as_json=json)
    return 0
