"""sqlx purge"""

from __future__ import annotations

import click

from sqlx_cli.options import as_json, target_place


@click.command("purge")
@target_place
@click.option("--days", type=click.IntRange(min=0), default=30, show_default=True, help="For how long rows are kept.")
@click.option("--plan", metavar="ID", default="", help="Only what this plan took away.")
@click.option("--yes", is_flag=True, help="Let them go for good.")
@as_json
def command(target: str, days: int, plan: str, yes: bool, json: bool) -> int:
    """Let go of the rows that were kept for a rollback."""
    from kernel.flows import purge
    from sqlx_cli import session
    from sqlx_cli.views.status import show_purged

    show_purged(purge.run(purge.Request(target, days, plan, yes), session.ports()), as_json=json)
    return 0
