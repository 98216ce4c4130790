"""Users of a real server: threads that read and write rows by key at times drawn beforehand, each request logged."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

CLIENTS, PER_SECOND, READS = 10, 120, 0.6


@dataclass
class Users:
    """A pool of clients that takes requests in the order in which they come. `log` holds (came, begun, ended), in seconds."""

    connect: Callable[[], Any]
    table: str
    rows: int
    seed: int
    seconds: float = 40.0
    log: list[tuple[float, float, float]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Users]:
        chance = random.Random(self.seed)
        begin, at = time.monotonic() + 0.2, 0.0
        self.coming: list[tuple[float, str]] = []
        while at < self.seconds:
            at += chance.expovariate(PER_SECOND)
            key = chance.randrange(self.rows) + 1
            self.coming.append((begin + at, f"SELECT a FROM {self.table} WHERE id = {key}" if chance.random() < READS
                                else f"UPDATE {self.table} SET a = a + 1 WHERE id = {key}"))
        self.coming.reverse()
        threads = [threading.Thread(target=self._client, daemon=True) for _ in range(CLIENTS)]
        for one in threads:
            one.start()
        try:
            yield self
        finally:
            self.stopping.set()
            for one in threads:
                one.join()

    def _client(self) -> None:
        session = self.connect()
        try:
            while not self.stopping.is_set() and self.coming:
                try:
                    came, text = self.coming.pop()
                except IndexError:
                    break
                while (ahead := came - time.monotonic()) > 0 and not self.stopping.is_set():
                    time.sleep(min(ahead, 0.05))
                begun = time.monotonic()
                session.rows(text) if text.startswith("SELECT") else session.run(text)
                self.log.append((came, begun, time.monotonic()))
        finally:
            session.close()

    def lengths(self, until: float) -> tuple[int, ...]:
        """How long requests took before anything else went on, in microseconds."""
        return tuple(sorted(int((ended - begun) * 1e6) for _, begun, ended in self.log if ended < until))

    def felt(self, begin: float, end: float) -> list[float]:
        """How long those took who came between, with their waiting, in seconds; in order."""
        return sorted(ended - came for came, _, ended in self.log if begin <= came < end)
