"""sqlx doctor"""

from __future__ import annotations

import click

from sqlx_cli.options import as_json, target_place


@click.command("doctor")
@target_place
@as_json
def command(target: str, json: bool) -> int:
    """Look at the installation, the project and the targets."""
    from pathlib import Path

    import sqlx_cli
    from kernel.config.environment import current
    from kernel.flows import doctor
    from sqlx_cli import session
    from sqlx_cli.views.health import show_health

    result = doctor.run(session.ports, current(), Path(sqlx_cli.__file__).parent, target)
    show_health(result, as_json=json)
    return 0 if result.healthy else 1
