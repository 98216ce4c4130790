"""Progress on stderr: one changing line on a terminal, silence in a pipe."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from kernel.core.event import Event

if TYPE_CHECKING:
    from rich.status import Status

SENTENCES = {
    "learn.begin": "learning {server}",
    "learn.fact": "learning: {number} rehearsals",
    "learn.end": "learned {facts} facts",
    "plan.read": "reading {target}",
    "plan.proof": "rehearsing on a twin",
    "plan.timing": "timing long steps on clones: {steps}",
    "apply.step.begin": "step {number} of {of}: {says}",
    "apply.step.done": "step {number} of {of} done: {says}",
    "rollback.step.begin": "taking back step {number}: {says}",
}


class Progress:
    """A sink for events, and a line that goes away when the work is done."""

    def __init__(self, begins: str) -> None:
        self.begins = begins
        self.live = sys.stderr.isatty()
        self._status: Status | None = None

    def __enter__(self) -> Progress:
        if self.live:
            from rich.status import Status

            from sqlx_cli.output import console
            self._status = Status(self.begins, console=console(talk=True))
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, event: Event) -> None:
        sentence = SENTENCES.get(event.name)
        if sentence is None or self._status is None:
            return
        from rich.text import Text

        from sqlx_cli.output import plain
        self._status.update(Text(plain(sentence.format(**event.facts))[:100]))
