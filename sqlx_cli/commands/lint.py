"""sqlx lint"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json


@click.command("lint")
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=click.Path(path_type=Path))
@as_json
def command(paths: tuple[Path, ...], json: bool) -> int:
    """Check schema files without a server."""
    from kernel.core.errors import InputError
    from kernel.flows import lint
    from sqlx_cli import session
    from sqlx_cli.views.findings import show_linted

    result = lint.run(paths, session.ports())
    show_linted(result, as_json=json)
    return InputError.exit_code if result.broken else 0
