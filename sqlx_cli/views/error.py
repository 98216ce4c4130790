"""An error for people: what, where, why, and the next command to type."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.errors import SqlxError
from kernel.core.finding import Finding
from sqlx_cli.output import say, show_json


def show(error: SqlxError, *, as_json: bool = False) -> None:
    if as_json:
        show_json(error.as_json())
        return
    say(f"error: {error}", style="bold red")
    if error.why:
        say(f"  why:  {error.why}")
    if error.next:
        say(f"  next: {error.next}")


def show_remarks(findings: Iterable[Finding]) -> None:
    """On stderr, each once."""
    for one in dict.fromkeys(findings):
        say(f"{one.severity}: {one.where}: {one.says} [{one.rule}]", style="yellow")
        say(f"  next: {one.remedy}")


def show_crash(report: str) -> None:
    """A bug of sqlx: everything that a maintainer needs, and no secret."""
    say("error: this is a bug of sqlx", style="bold red")
    say("  next: report it with the lines below; secrets have been taken out")
    say(report)
