"""sqlx key:generate"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json


@click.command("key:generate")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--comment", metavar="TEXT", default="", help="Whose key it is, for example an e-mail address.  [default: you@here]")
@click.option("--machine", is_flag=True, help="For a job that applies plans: it may not approve them.")
@as_json
def command(file: Path, comment: str, machine: bool, json: bool) -> int:
    """Make an SSH key for signing plans."""
    from kernel.flows import sign
    from sqlx_cli.views.key import show_key

    show_key(sign.generate(file, comment, machine=machine), as_json=json)
    return 0
