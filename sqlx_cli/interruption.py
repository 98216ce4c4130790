"""Ctrl-C: once asks for a safe stop after the step that runs, twice stops at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def safe_stop() -> Iterator[Callable[[], bool]]:
    """Whether a person has asked to stop."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        from sqlx_cli.output import say
        say("stopping after this step; Ctrl-C again stops at once", style="yellow")
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
