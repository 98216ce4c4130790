"""What the doctor found."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlx_cli.output import show, show_json

if TYPE_CHECKING:
    from kernel.flows.doctor import Result

SIGNS = {"good": ("ok ", "green"), "odd": ("?  ", "yellow"), "bad": ("BAD", "bold red")}


def show_health(result: Result, *, as_json: bool) -> None:
    if as_json:
        show_json({"healthy": result.healthy, **asdict(result)})
        return
    for one in result.checks:
        sign, style = SIGNS[one.state]
        show(f"{sign}  {one.about}: {one.says}", style=style)
        if one.next:
            show(one.next, indent=7, style="dim")
    if result.settings:
        show("\nSettings, and where they come from (all others are the defaults)", style="bold")
        width = max(len(one.name) for one in result.settings)
        for setting in result.settings:
            show(f"  {setting.name.ljust(width)}  {setting.origin}", style="dim")
