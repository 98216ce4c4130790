"""sqlx plan:sign"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, plan_folder


@click.command("plan:sign")
@plan_folder
@click.option("--key", metavar="FILE", required=True, type=click.Path(path_type=Path), help="Your private SSH key (ed25519).")
@as_json
def command(folder: Path, key: Path, json: bool) -> int:
    """Sign a plan with an SSH key."""
    from kernel.flows import sign
    from sqlx_cli import session
    from sqlx_cli.questions import passphrase
    from sqlx_cli.views.signature import show_signature

    show_signature(sign.sign(folder, key, session.ports(), passphrase(key)), as_json=json)
    return 0
