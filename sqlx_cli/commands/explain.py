"""sqlx explain"""

from __future__ import annotations

import click

from sqlx_cli.options import as_json


@click.command("explain")
@click.argument("code", metavar="[CODE]", default="")
@as_json
def command(code: str, json: bool) -> int:
    """What an error or a finding means, and what to do."""
    from kernel.flows import explain
    from sqlx_cli.views.page import show_index, show_page

    if code:
        show_page(code, explain.page(code), as_json=json)
    else:
        show_index(explain.subjects(), as_json=json)
    return 0
