"""Writers beside a change: each keeps a ledger of what it wrote and was told had been kept, to be compared with what is there afterwards."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WRITERS = 3
STEP = 100_000


class Ledger:
    """What the rows of `ledger (id, amount)` must be, and what the application was refused."""

    def __init__(self, rows: dict[int, int]) -> None:
        self.rows, self.errors, self.writes = dict(rows), list[str](), 0
        self._lock = threading.Lock()

    def wrote(self, key: int, amount: int | None) -> None:
        with self._lock:
            self.writes += 1
            if amount is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = amount

    def moved(self, key: int, to: int) -> None:
        with self._lock:
            self.writes += 1
            self.rows[to] = self.rows.pop(key)

    def failed(self, words: str) -> None:
        with self._lock:
            self.errors.append(words)


def write(session: Any, number: int, ledger: Ledger, stop: threading.Event) -> None:
    """Rows of its own come, change, get another key and go, one a moment; nobody else writes them."""
    chance, mine = random.Random(number), [key for key in list(ledger.rows) if key % WRITERS == number]
    new = max(ledger.rows, default=0) // WRITERS + STEP
    while not stop.is_set():
        sort = chance.random()
        try:
            if sort < 0.4 or not mine:
                new += 1
                key, amount = new * WRITERS + number, chance.randrange(10**6)
                session.execute(f"INSERT INTO ledger (id, amount) VALUES ({key}, {amount})")
                mine.append(key)
                ledger.wrote(key, amount)
            elif sort < 0.5:
                new += 1
                key, place = new * WRITERS + number, chance.randrange(len(mine))
                session.execute(f"UPDATE ledger SET id = {key} WHERE id = {mine[place]}")
                ledger.moved(mine[place], key)
                mine[place] = key
            elif sort < 0.9:
                key, amount = chance.choice(mine), chance.randrange(10**6)
                session.execute(f"UPDATE ledger SET amount = {amount} WHERE id = {key}")
                ledger.wrote(key, amount)
            else:
                key = mine.pop(chance.randrange(len(mine)))
                session.execute(f"DELETE FROM ledger WHERE id = {key}")
                ledger.wrote(key, None)
        except Exception as error:
            ledger.failed(f"{type(error).__name__}: {error}")
        stop.wait(0.002)


@contextmanager
def writing(connect: Any, ledger: Ledger) -> Iterator[None]:
    """Writers at work for the length of a block; `connect` gives each a session with `execute`."""
    stop = threading.Event()
    with_sessions = [connect() for _ in range(WRITERS)]
    threads = [threading.Thread(target=write, args=(session, number, ledger, stop), daemon=True) for number, session in enumerate(with_sessions)]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in threads:
            one.join()
        for session in with_sessions:
            session.close()
