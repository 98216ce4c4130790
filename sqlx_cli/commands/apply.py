"""sqlx apply"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, plan_folder, target_place, yes


@click.command("apply")
@plan_folder
@target_place
@yes
@click.option("--allow-data-loss", is_flag=True, help="The plan may take rows or values away.")
@click.option("--online", is_flag=True, help="Refuse steps that keep others waiting for longer than the lock budget.")
@click.option("--resume", is_flag=True, help="Go on with a plan that was stopped part-way.")
@click.option("--accept", metavar="RULE", multiple=True, help="Go on in spite of findings of this rule.")
@click.option("--patience", metavar="SECONDS", type=float, default=60.0, show_default=True, help="How long to try for a lock.")
@click.option("--key", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="The SSH key that signs the audit log.")
@as_json
def command(folder: Path, target: str, yes: bool, allow_data_loss: bool, online: bool, resume: bool, accept: tuple[str, ...], patience: float,
            key: Path | None, json: bool) -> int:
    """Run a plan, step by step, each one read back."""
    from kernel.flows import apply
    from sqlx_cli import session
    from sqlx_cli.interruption import safe_stop
    from sqlx_cli.views.outcome import Steps, show_applied

    with safe_stop() as stopping, Steps(json) as steps:
        ports = session.ports(steps)
        ports.stopping = stopping
        request = apply.Request(folder, target, yes, allow_data_loss, resume, accept, patience, key, online)
        result = apply.run(request, ports)
    show_applied(result, as_json=json)
    return 0
