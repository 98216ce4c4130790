"""What was done: steps as they come, and the end of an apply, a rollback or a signing."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from kernel.core.event import Event
from sqlx_cli.output import count, say, say_json, show, show_json

if TYPE_CHECKING:
    from kernel.flows import apply, rollback


class Steps:
    """Prints each step as it ends; as JSON lines on stderr where machines listen."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.began = 0.0

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def __call__(self, event: Event) -> None:
        if self.as_json:
            say_json({"event": event.name, **event.facts})
            return
        match event.name:
            case "apply.step.begin" | "rollback.step.begin":
                self.began = time.monotonic()
            case "apply.step.done":
                say(f"  done {event.facts['number']:>3}/{event.facts['of']}  {event.facts['says']}  {self._took()}", style="green")
            case "rollback.step.done":
                say(f"  back {event.facts['number']:>3}  {event.facts['says']}  {self._took()}", style="cyan")
            case "apply.step.waiting" | "rollback.step.waiting":
                say(f"  waiting for a lock, attempt {event.facts['attempt']}", style="yellow")
            case "apply.step.failed":
                say(f"  failed at step {event.facts['number']}: {event.facts['says']}", style="bold red")
            case "audit.waiting":
                say(f"  audit log: {event.facts['entries']} entries wait in the target: {event.facts['says']}", style="yellow")

    def _took(self) -> str:
        return f"({time.monotonic() - self.began:.2f} s)"


def show_applied(result: apply.Result, *, as_json: bool) -> None:
    if as_json:
        show_json({"plan": result.plan, "steps": result.steps, "fingerprint": result.fingerprint, "already": result.already})
    elif result.already:
        show(f"Nothing to do: {result.plan} was applied before, and the database is as it left it.", style="green")
    else:
        show(f"Applied {result.plan}: {count(result.steps, 'step')}, read back and as desired ({result.fingerprint[7:19]}).", style="bold green")
        if result.checkpoint:
            show("The audit log has it, signed.", style="green")


def show_rolled_back(result: rollback.Result, *, as_json: bool) -> None:
    if as_json:
        show_json({"plan": result.plan, "steps": result.steps, "fingerprint": result.fingerprint, "lost": list(result.lost)})
        return
    show(f"Rolled back {result.plan}: {count(result.steps, 'step')} taken back; the database is what it was ({result.fingerprint[7:19]}).",
         style="bold cyan")
    for one in result.lost:
        show(f"Not brought back: {one}.", style="bold yellow")
