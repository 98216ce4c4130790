"""sqlx plan:verify"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, signers_file


@click.command("plan:verify")
@click.argument("plans", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@signers_file
@as_json
def command(plans: tuple[Path, ...], allowed_signers: Path | None, json: bool) -> int:
    """Check a plan's signatures."""
    from kernel.flows import sign
    from sqlx_cli import session
    from sqlx_cli.views.signature import show_trusted

    ports = session.ports()
    show_trusted([sign.verify(folder, ports, allowed_signers) for folder in sign.folders(plans)], as_json=json)
    return 0
