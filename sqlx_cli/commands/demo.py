"""sqlx demo"""

from __future__ import annotations

from pathlib import Path

import click


@click.command("demo")
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Play in this new folder, and leave it there.")
def command(keep: Path | None) -> int:
    """Play the whole story on a database of its own."""
    from kernel.flows import demo
    from sqlx_cli import session
    from sqlx_cli.views.demo import Terminal, show_end

    with demo.somewhere(keep) as folder:
        result = demo.run(folder, Terminal(), session.ports)
    show_end(result, kept=keep is not None)
    return 0
