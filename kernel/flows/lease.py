"""The right to change a database: one run at a time has it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from kernel.core.errors import Busy

GRACE = 3.0
"""For so many seconds a server may not have noticed that the run which held it was killed."""


@contextmanager
def leased(session: Any) -> Iterator[None]:
    """Have it until the end; Busy where another one goes on having it."""
    until = time.monotonic() + GRACE
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(session.adapter.lease(session, "apply"))
                break
            except Busy:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield
