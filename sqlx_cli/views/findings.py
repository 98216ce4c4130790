"""What there is to say about files, a line for each finding as compilers write it, so that editors and people can jump to the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlx_cli.output import count, say, show, show_json

if TYPE_CHECKING:
    from kernel.flows.lint import Result

STYLES = {"error": "bold red", "warning": "yellow", "note": ""}


def show_linted(result: Result, *, as_json: bool) -> None:
    if as_json:
        show_json([one.as_json() for one in result.findings])
        return
    for one in result.findings:
        show(f"{one.where}: {one.severity}: {one.says} [{one.rule}]", style=STYLES[one.severity])
        if one.remedy:
            show(one.remedy, indent=6, style="dim")
    errors = sum(one.severity == "error" for one in result.findings)
    others = len(result.findings) - errors
    files = count(result.files, "file")
    if result.findings:
        say(f"{files}: {count(errors, 'error')}, {count(others, 'other remark')}; `sqlx explain RULE` says more.")
    else:
        say(f"{files}, nothing to remark." if result.files else "There are no schema files here.", style="green" if result.files else "yellow")
