"""The twin of a plan: where its throw-away places are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kernel.flows.ports import Ports


@contextmanager
def twin_of(place: str, adapter: Any, session: Any, ports: Ports) -> Iterator[Any]:
    """A session on the server where throw-away places may be made: the target's own unless another one is given, or it is not asked."""
    if place and place != "same":
        with ports.open(ports.target(place)) as twin:
            yield twin
    elif session is not None:
        yield session
    else:
        with adapter.private() as address:
            twin = adapter.connect(address)
            try:
                yield twin
            finally:
                twin.close()


def stand_in(session: Any, twin: Any) -> str:
    """Who may only look sees the target, and what is tried on the twin, as the role would that the objects belong to. Another server's twin
    has those whom the target's objects name as its guests."""
    role: str = session.adapter.role(session)
    session.adapter.stand_in(session, role)
    if twin is not session:
        twin.adapter.stand_in(twin, role, guests(session))
    return role


def guests(session: Any) -> tuple[tuple[str, bool], ...]:
    """Those of the server whom the objects of its database name; another server's twin has to have them, too."""
    tell = getattr(session.adapter, "guests", None) if session is not None else None
    return tell(session) if tell else ()
