"""Private places on a server, in which things are tried and which are gone afterwards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from kernel.core.errors import NoPlace, Refused


@contextmanager
def scratch(session: Any) -> Iterator[Any]:
    """A private place on the session's server, with what dead runs left swept away first. NoPlace where this user may make none."""
    with ExitStack() as stack:
        try:
            session.adapter.sweep(session)
            place = stack.enter_context(session.adapter.scratch(session, f"{os.getpid()}_{secrets.token_hex(4)}"))
        except Refused as error:
            raise NoPlace(f"{error.what} ({error.why})") from error
        yield place


class Room:
    """One scratch place for all that a plan tries, one thing after the other: a server empties one sooner than it makes another.

    It is made for whoever asks first, and who asks later finds what was left there.
    """

    def __init__(self, session: Any) -> None:
        self.session = session
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.leave()

    @cached_property
    def place(self) -> Any:
        return self._stack.enter_context(scratch(self.session))

    def leave(self) -> None:
        """Whoever asks next gets another one. So must who let people's scripts run there: what those set for the session outlasts all emptying."""
        self._stack.close()
        self.__dict__.pop("place", None)
