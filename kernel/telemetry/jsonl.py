"""A sink that writes one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TextIO

from kernel.core.event import Event


class JsonLines:
    """Events as JSON lines with the time at which they were seen."""

    def __init__(self, stream: TextIO, now: Callable[[], datetime]) -> None:
        self.stream, self.now = stream, now

    def __call__(self, event: Event) -> None:
        line = {"time": self.now().isoformat(timespec="milliseconds"), "event": event.name, **event.facts}
        self.stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.stream.flush()
