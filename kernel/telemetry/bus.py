"""The event bus: flows publish, sinks watch. A sink that fails is dropped and said so; it never stops the work."""

from __future__ import annotations

from collections.abc import Callable

from kernel.core.event import Event

Sink = Callable[[Event], None]


class Bus:
    """Hands each event to every sink, in order."""

    def __init__(self, *sinks: Sink) -> None:
        self.sinks: list[Sink] = list(sinks)
        self.lost: list[str] = []

    def __call__(self, event: Event) -> None:
        for sink in tuple(self.sinks):
            try:
                sink(event)
            except Exception as error:
                self.sinks.remove(sink)
                self.lost.append(f"{type(error).__name__} in {getattr(sink, '__name__', type(sink).__name__)}")
