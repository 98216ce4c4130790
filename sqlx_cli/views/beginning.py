"""What a new project holds, and what to do first."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlx_cli.output import say, show, show_json

if TYPE_CHECKING:
    from kernel.flows.init import Result


def show_beginning(result: Result, *, as_json: bool) -> None:
    if as_json:
        show_json({**asdict(result), "folder": str(result.folder)})
        return
    for path in result.files:
        show(f"+ {path}", style="green")
    if result.password:
        say(f"The password was left out: files hold none. Set {result.password} before you connect.", style="yellow")
    if result.signer:
        say(f"Signatures of {result.signer} count.")
    else:
        say("Nobody may sign yet: make a key with `sqlx key:generate FILE`, and put the line that it prints into .sqlx/trust/allowed_signers.")
    if result.target:
        say(f"Next: sqlx snapshot:pull --target {result.target}   writes the schema that is there now into schema/", style="bold")
    else:
        say("Next: name your database under `targets:` in sqlx.yaml, then sqlx snapshot:pull", style="bold")
