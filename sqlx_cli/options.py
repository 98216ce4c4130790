"""Options that several commands share, so that they are the same everywhere."""

from __future__ import annotations

from pathlib import Path

import click

target_place = click.option("--target", metavar="URL|NAME", default="", help="The database: a URL, or a name from sqlx.yaml.")
twin_place = click.option("--twin", metavar="URL|NAME|same", default="",
                          help="Where throw-away databases may be made; `same` is the target's server.")
desired_files = click.option("--desired", metavar="PATH", multiple=True, type=click.Path(path_type=Path),
                             help="A file or folder of the desired schema (YAML or SQL); may be given several times.")
as_json = click.option("--json", is_flag=True, help="Print JSON alone on stdout.")
plan_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
yes = click.option("--yes", is_flag=True, help="Do it without asking.")
signers_file = click.option("--allowed-signers", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
                            help="OpenSSH's list of whose signatures count.  [default: the project's]")
workload_file = click.option("--workload", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
                             help="What users do (YAML).  [default: as the server counts, or a guess]")
