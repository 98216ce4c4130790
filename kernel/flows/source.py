"""Where the base of a plan comes from: the live database or a snapshot of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kernel.core import canonical as json
from kernel.core.errors import InputError
from kernel.core.finding import Finding
from kernel.core.node import Catalog, NodeId
from kernel.flows.coverage import not_shown, unmodelled
from kernel.flows.files import read_file
from kernel.flows.journal import Journal
from kernel.flows.learn import Knowledge
from kernel.flows.live import live, writer
from kernel.flows.ports import Ports
from kernel.planning.introspect import introspect
from kernel.planning.unchanged import Written, written

Counts = tuple[Mapping[NodeId, int], frozenset[NodeId]]
"""How many rows tables have at most, and of which of them no more is known than that."""


@dataclass(frozen=True)
class Source:
    """Where the base comes from: the live database, or a snapshot of it. `session` is None where there is nobody to ask.

    `stands` is the digest of where the live schema stands, "" where that is not known or moved while it was read.
    """

    adapter: Any
    identity: Mapping[str, str]
    base: Catalog
    written: Written
    counts: Callable[[], Counts]
    unmodelled: tuple[tuple[str, str], ...]
    not_shown: Mapping[str, str]
    id: str = ""
    role: str = ""
    session: Any = None
    stands: str = ""

    @cached_property
    def _counted(self) -> Counts:
        return self.counts()

    @property
    def rows(self) -> Mapping[NodeId, int]:
        """How many rows a table has at most; asked for where something is to be done."""
        return self._counted[0]

    @property
    def bounds(self) -> frozenset[NodeId]:
        """Tables of which no more is known than that."""
        return self._counted[1]


def live_source(session: Any, known: Knowledge, role: str, stands: str, ports: Ports) -> Source:
    def counts() -> Counts:
        sizes = session.adapter.sizes(session)
        return {id: size.rows_at_most for id, size in sizes.items()}, frozenset(id for id, size in sizes.items() if size.is_bound)
    base, now, stands = live(session, known, role, stands, ports)
    return Source(session.adapter, dict(session.adapter.identity(session)), base, now, counts,
                  tuple(unmodelled(session, known)), not_shown(session), Journal(session).target_id(), role, session, stands)


def stored(file: Path) -> Mapping[str, Any]:
    """What `snapshot:pull` kept."""
    try:
        held: Mapping[str, Any] = json.decode(read_file(file, "the snapshot"))
        if held["format"] != "sqlx/snapshot/v1" or not isinstance(held["server"], dict):
            raise ValueError("its format is another one")
    except (ValueError, KeyError, TypeError) as error:
        raise _no_snapshot(file, error) from error
    return held


def _no_snapshot(file: Path, error: Exception) -> InputError:
    return InputError("this is not a snapshot", where=str(file), why=str(error), next="make it anew: `sqlx snapshot:pull`")


def stored_source(held: Mapping[str, Any], file: Path, adapter: Any, known: Knowledge) -> Source:
    """The base as `snapshot:pull` kept it: no server and no password is needed."""
    try:
        rows = {NodeId.from_json(id): count for id, count in held["rows"]}
        left = tuple((sort, name) for sort, name in held["unmodelled"])
        base = Catalog.from_json(held["catalog"])
        counts = rows, frozenset(map(NodeId.from_json, held.get("bounds", ())))
        return Source(adapter, held["server"], base, written(base, writer(base, adapter, known)), lambda: counts, left, held.get("not_shown", {}),
                      held["id"], held["role"])
    except (ValueError, KeyError, TypeError) as error:
        raise _no_snapshot(file, error) from error


def attended(source: Source, names: tuple[str, ...], known: Knowledge) -> Catalog:
    """The base, with these objects of the whole server as they are now."""
    if not names or source.session is None:
        return source.base
    source.session.adapter.attend(source.session, names)
    kinds = [name for name, kind in known.kinds.items() if kind.of_server]
    return source.base.plus(*introspect(source.session, known.kinds, only=kinds).catalog.nodes)


def likeness(source: Source, twin: Any) -> Iterator[Finding]:
    """What was learned and tried on another server than the target's is said so."""
    there = dict(twin.adapter.identity(twin))
    if there != source.identity:
        yield Finding("twin-differs", "the twin",
                      f"the plan was tried on {there.get('version', '')}, and the target is {source.identity.get('version', '')}"
                      + ("" if there.get("version") != source.identity.get("version") else " with other settings"),
                      "give a twin of the same version and settings", "note")
