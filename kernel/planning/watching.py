"""Playing a strategy while a second session looks on: who is kept waiting, and what becomes of the stored rows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kernel.core.errors import ServerError
from kernel.core.node import NodeId
from kernel.core.strategy import Strategy
from kernel.planning.ports import Sensors, Session


@dataclass(frozen=True)
class Seen:
    """Several observations as one."""

    blocks_reads: bool | None
    blocks_writes: bool | None
    rewrites: bool | None
    scans: bool | None
    locks: tuple[tuple[str, str], ...]
    commits: bool


def watched(place: Session, other: Session, tables: Sequence[NodeId], strategy: Strategy) -> Sensors:
    """All statements at once, or one by one; a scan counts where somebody is kept waiting by it. What runs piece by piece keeps nobody."""
    groups = [(one,) for one in strategy.statements] if strategy.apart else [strategy.statements]
    with settings(place, strategy):
        seen = [place.adapter.watch(place, other, tables, group) for group in groups]
    if len(seen) == 1:
        return seen[0]
    seen = [one for at, one in enumerate(seen) if strategy.in_pieces(at) is None]
    waiting = [one for one in seen if one.blocks_writes is not False]
    return Seen(_any(one.blocks_reads for one in seen), _any(one.blocks_writes for one in seen), _any(one.rewrites for one in waiting),
                _any(one.scans for one in waiting), tuple(lock for one in seen for lock in one.locks), any(one.commits for one in seen))


@contextlib.contextmanager
def settings(place: Session, strategy: Strategy) -> Iterator[None]:
    for one in strategy.settings:
        place.run(one)
    try:
        yield
    finally:
        for one in strategy.resets:
            with contextlib.suppress(ServerError):
                place.run(one)


def _any(verdicts: Iterable[bool | None]) -> bool | None:
    """True if any is; else not known if any is not known."""
    listed = list(verdicts)
    return True if True in listed else None if None in listed else False
