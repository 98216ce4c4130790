"""sqlx init"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--target", "url", metavar="URL", default="", help="The database that the project is about. Its password is never written.")
@click.option("--name", metavar="NAME", default="", help="What to call it.  [default: its database's name]")
@click.option("--key", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Your SSH key: its signatures count from now on.")
@click.option("--pre-commit", is_flag=True, help="Write hooks for pre-commit, too.")
@click.option("--github", is_flag=True, help="Write a GitHub workflow, too.")
@as_json
def command(folder: Path, url: str, name: str, key: Path | None, pre_commit: bool, github: bool, json: bool) -> int:
    """Begin a project here."""
    from kernel.flows import init
    from sqlx_cli.views.beginning import show_beginning

    show_beginning(init.run(init.Request(folder, url, name, key, pre_commit, github)), as_json=json)
    return 0
