"""sqlx snapshot:pull"""

from __future__ import annotations

from pathlib import Path

import click

from sqlx_cli.options import as_json, target_place


@click.command("snapshot:pull")
@target_place
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder for the files; `schema/` of the project unless said.")
@click.option("--format", "form", type=click.Choice(["yaml", "sql"]), default="yaml", help="What the files hold: YAML unless said.")
@as_json
def command(target: str, out: Path | None, form: str, json: bool) -> int:
    """Write the live schema as files: YAML, or SQL."""
    from kernel.flows import snapshot
    from sqlx_cli import session
    from sqlx_cli.output import count, say, show, show_json
    from sqlx_cli.views.progress import Progress

    with Progress("reading") as progress:
        ports = session.ports(progress)
        folder = out or ports.project.root / "schema"
        result = snapshot.pull(snapshot.Request(target, folder, form == "sql"), ports)
    if json:
        show_json({"files": [str(one) for one in result.files], "unchanged": result.unchanged, "fingerprint": result.fingerprint,
                   "findings": [one.as_json() for one in result.findings]})
        return 0
    for finding in result.findings:
        say(f"{finding.severity}: {finding.says}", style="yellow")
    same = f", {result.unchanged} of them the same as before" if result.unchanged else ""
    show(f"{count(len(result.files), 'file')}{same}; fingerprint {result.fingerprint[7:19]}.")
    if not result.files:
        say(f"Nothing was found to write. If the database is empty, write a first table into {folder}, then `sqlx plan:diff`.")
    return 0
