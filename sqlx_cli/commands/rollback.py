"""sqlx rollback"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, plan_folder, target_place, yes


@click.command("rollback")
@plan_folder
@target_place
@yes
@click.option("--patience", metavar="SECONDS", type=float, default=60.0, show_default=True, help="How long to try for a lock.")
@click.option("--key", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="The SSH key that signs the audit log.")
@as_json
def command(folder: Path, target: str, yes: bool, patience: float, key: Path | None, json: bool) -> int:
    """Take a plan back, step by step, last first."""
    from kernel.flows import rollback
    from sqlx_cli import session
    from sqlx_cli.interruption import safe_stop
    from sqlx_cli.views.outcome import Steps, show_rolled_back

    with safe_stop() as stopping, Steps(json) as steps:
        ports = session.ports(steps)
        ports.stopping = stopping
        result = rollback.run(rollback.Request(folder, target, yes, patience, key), ports)
    show_rolled_back(result, as_json=json)
    return 0
