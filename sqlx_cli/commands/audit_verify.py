"""sqlx audit:verify"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, signers_file, target_place


@click.command("audit:verify")
@target_place
@signers_file
@as_json
def command(target: str, allowed_signers: Path | None, json: bool) -> int:
    """Prove that the audit log is whole."""
    from kernel.flows import audit
    from sqlx_cli import session
    from sqlx_cli.views.audit import show_verified

    show_verified(audit.verify(session.ports(), target, allowed_signers), as_json=json)
    return 0
