"""sqlx learn"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, target_place, twin_place


@click.command("learn")
@target_place
@twin_place
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the Server Knowledge Pack into this file.")
@click.option("--key", metavar="FILE", type=click.Path(path_type=Path), help="Sign the pack with this private SSH key (ed25519).")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page for people into this file.")
@click.option("--compare", nargs=2, metavar="A B", help="Show where two servers differ: packs, or targets that are learned now.")
@as_json
def command(target: str, twin: str, out: Path | None, key: Path | None, html: Path | None, compare: tuple[str, str] | None, json: bool) -> int:
    """Find out what a server can do, by trying it."""
    from kernel.flows import learn
    from sqlx_cli import session
    from sqlx_cli.output import show_json
    from sqlx_cli.questions import passphrase
    from sqlx_cli.views.matrix import show_differences, show_matrix, show_pack
    from sqlx_cli.views.progress import Progress

    with Progress("learning") as progress:
        ports = session.ports(progress)
        if compare:
            one, other = (learn.known(place, ports) for place in compare)
        else:
            learned = learn.run(learn.Request(target, twin, out, key), ports, passphrase(key) if key else None)
            matrix = learned.matrix
    if compare:
        versions = (one.server.get("version", ""), other.server.get("version", ""))
        show_differences(versions, learn.compare(one, other), as_json=json)
        return 0
    if html:
        from kernel.flows.files import write_file
        from kernel.flows.rendering import matrix_page
        write_file(html, matrix_page(matrix).encode())
    if json:
        show_json(matrix.as_json())
    else:
        show_matrix(matrix)
        show_pack(learned)
    return 0
