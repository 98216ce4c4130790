"""sqlx status"""

from __future__ import annotations

import click

from sqlx_cli.options import as_json, target_place


@click.command("status")
@target_place
@as_json
def command(target: str, json: bool) -> int:
    """What was done to a database, and what is left to do."""
    from kernel.flows import status
    from sqlx_cli import session
    from sqlx_cli.views.status import show_status

    show_status(status.run(target, session.ports()), as_json=json)
    return 0
