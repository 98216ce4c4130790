"""The sessions of one run: opened when first asked for, handed out again while they are idle, and all closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from kernel.core.address import Address
from kernel.core.errors import Gone, Unreachable


class Closable(Protocol):
    def close(self) -> None: ...


S = TypeVar("S", bound=Closable)


class Sessions(Generic[S]):
    """A small pool, last in first out. A session in which the connection broke is thrown away."""

    def __init__(self, connect: Callable[[Address], S]) -> None:
        self._connect = connect
        self._idle: dict[Address, list[S]] = {}

    @contextmanager
    def borrow(self, address: Address) -> Iterator[S]:
        idle = self._idle.setdefault(address, [])
        session = idle.pop() if idle else self._connect(address)
        try:
            yield session
        except (Gone, Unreachable):
            session.close()
            raise
        else:
            idle.append(session)

    def close(self) -> None:
        for idle in self._idle.values():
            while idle:
                idle.pop().close()
