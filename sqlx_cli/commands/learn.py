"""sqlx learn"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, target_place, twin_place


@click.command("learn")
@target_place
@twin_place
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the Server Knowledge Pack into this file.")
@as_json
def command(target: str, twin: str, out: Path | None, json: bool) -> int:
    """Find out what a server can do, by trying it."""
    from kernel.flows import learn
    from sqlx_cli import session
    from sqlx_cli.output import show_json
    from sqlx_cli.views.matrix import show_matrix
    from sqlx_cli.views.progress import Progress

    with Progress("learning") as progress:
        ports = session.ports(progress)
        matrix = learn.run(learn.Request(target, twin, out), ports)
    if json:
        show_json(matrix.as_json())
    else:
        show_matrix(matrix)
    return 0
