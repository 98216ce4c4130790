"""The audit log: what it holds, and that it is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlx_cli.output import say, show, show_json

if TYPE_CHECKING:
    from kernel.flows.audit import Verified


def show_verified(found: Verified, *, as_json: bool) -> None:
    if as_json:
        show_json({"targets": list(found.targets), "compared": list(found.compared)})
        return
    if not found.targets:
        show("The audit log is empty: nothing was applied yet.", style="yellow")
    for log in found.targets:
        show(f"Target {log['name'] or 'without a name'} ({log['target']})", style="bold")
        for one in log["history"]:
            show(f"  {one['sequence']:>4}  {one['time'][:19].replace('T', ' ')}  {one['type']:<15} {one['plan']}  {one['actor']}", style="dim")
        beside = "compared with the target itself" if log["target"] in found.compared else "the target was not looked at"
        show(f"  OK: {log['entries']} entries, chained and signed by {log['signed_by']}; {beside}.", style="green")
    if found.targets:
        say("Nothing was edited, cut off, forked or left out.", style="green")
