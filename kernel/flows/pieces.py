"""Running a statement over the rows of a table a few at a time: by key, each piece in a transaction of its own, none longer than a moment.

What is done survives whatever happens next, and a piece that runs again does nothing: so it begins again from the first row after a crash.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from kernel.core.errors import DataRefused, LockTimeout
from kernel.core.strategy import PIECE, Pieces

TARGET_S, REST_S = 0.05, 0.0
"""For how long a piece is to hold its rows: those who want one of them wait no longer. And for how long nobody is kept waiting after it. An adapter
may say otherwise (`piece_s`, `rest_s`): where one at a time may write, all others wait."""

FIRST, FEWEST, MOST = 1_000, 100, 50_000
"""Rows of the first piece, and of any."""


MOST_REFUSED = 5
"""So often in a row a piece may be refused for what its rows hold."""

PATIENCE_S = 0.3
"""For how long a piece of this size is tried, where others hold one of its rows."""


def in_pieces(session: Any, text: str, pieces: Pieces, run: Callable[[str], object], patience: float = 60.0, *,
              rests: bool = True) -> Iterator[int]:
    """Run all pieces; after each, for how many rows it was at most. Rows that come behind the last key are in the last one, unless those need none.

    Of many rows some are always held by somebody, where many write: then a smaller piece finds them free. LockTimeout where none is got. And a row
    may come twice, if a server looks first which are there: that it is refused again and again shows that it really does not fit. Where nobody else
    is there, it needs no `rests` between them.
    """
    refused = 0
    size, low, last, got = FIRST, None, _last(session, pieces) if pieces.ends else None, time.monotonic()
    target, rest = _rhythm(session.adapter)
    while True:
        high = _bound(session, pieces, low, size, last)
        began = time.monotonic()
        try:
            run(text.replace(PIECE, _condition(session.adapter.q, pieces.key, low, high or last)))
        except LockTimeout:
            if began - got > patience:
                raise
            size = max(1, size // 8)
            continue
        except DataRefused:
            refused += 1
            if refused > MOST_REFUSED:
                raise
            size = max(1, size // 8)
            continue
        got, refused = time.monotonic(), 0
        yield size
        if high is None or high == last:
            return
        low, size = high, next_size(size, time.monotonic() - began, target)
        time.sleep(rest if rests else 0)


def _rhythm(adapter: Any) -> tuple[float, float]:
    """Seconds that a piece is to take, and that the rest after it does."""
    return getattr(adapter, "piece_s", TARGET_S), getattr(adapter, "rest_s", REST_S)


def with_rests(microseconds: float, adapter: Any) -> float:
    """What pieces take that were run without their rests, and would have been no longer than they are to be."""
    target, rest = _rhythm(adapter)
    return microseconds * (1 + rest / target)


def next_size(size: int, took: float, target: float = TARGET_S) -> int:
    """As many rows as fit the time, and at most twice as many as before."""
    return max(min(FEWEST, 2 * size), min(MOST, 2 * size, int(size * target / max(took, 1e-4))))


def _last(session: Any, pieces: Pieces) -> tuple[Any, ...] | None:
    """The greatest key; None where there are no rows."""
    found = session.rows(f"SELECT {', '.join(pieces.key)} FROM {pieces.table} ORDER BY {', '.join(f'{one} DESC' for one in pieces.key)} LIMIT 1")
    return tuple(found[0]) if found else None


def _bound(session: Any, pieces: Pieces, low: tuple[Any, ...] | None, size: int, last: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    """The key of the last row of the next piece; None where fewer are left. It comes from the index, for there may be any gaps."""
    key = ", ".join(pieces.key)
    where = _condition(session.adapter.q, pieces.key, low, last).replace(" AND", " WHERE", 1)
    found = session.rows(f"SELECT {key} FROM {pieces.table}{where} ORDER BY {key} LIMIT 1 OFFSET {size - 1}")
    return tuple(found[0]) if found else None


def _condition(q: Any, key: tuple[str, ...], low: tuple[Any, ...] | None, high: tuple[Any, ...] | None) -> str:
    return "".join(f" AND {_beyond(q, key, sign, bound)}" for sign, bound in ((">", low), ("<=", high)) if bound is not None)


def _beyond(q: Any, key: tuple[str, ...], sign: str, bound: tuple[Any, ...]) -> str:
    values = [q.literal(one if isinstance(one, int) else str(one)) for one in bound]
    return f"{key[0]} {sign} {values[0]}" if len(key) == 1 else f"({', '.join(key)}) {sign} ({', '.join(values)})"
