"""Reading the desired state: files of YAML and SQL, and the same as the server itself would keep it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernel.core.errors import InputError
from kernel.core.finding import Finding
from kernel.core.node import Catalog, Node, NodeId
from kernel.flows.coverage import unmodelled
from kernel.flows.files import read_file
from kernel.flows.learn import Knowledge
from kernel.flows.scratch import Room
from kernel.flows.selection import Selection
from kernel.planning.desired import Desired, Reader, Same, not_arrived, read_sql, together
from kernel.planning.introspect import introspect
from kernel.planning.unchanged import Written, as_they_are, divide


@dataclass(frozen=True)
class Canonical:
    """The desired catalog in the server's own words, what it was made from, and what to say about it."""

    catalog: Catalog
    desired: Desired
    findings: tuple[Finding, ...]
    unmodelled: tuple[tuple[str, str], ...]


def read(files: Iterable[Path], adapter: Any, known: Knowledge, live: Written | None = None) -> Desired:
    """All that the files declare, in the server's spelling. What they say of `live` objects as those are is not looked into, and a file
    that is such an object's text is not even parsed."""
    from kernel.air import yaml

    fresh = Reader(known.kinds, adapter.default_schema, adapter.q)
    reader = Reader(known.kinds, adapter.default_schema, adapter.q, live.document) if live is not None else fresh

    def one(file: Path) -> Desired:
        data = read_file(file, "the schema file")
        if file.suffix.lower() == ".sql":
            return read_sql(sql_text(data, file), str(file), adapter.lexis)
        if live is not None and (same := live.same(data)) is not None:
            return Desired(same=(Same(same, f"{file}:1:1", lambda: fresh.read(yaml.read(data, str(file)))),))
        return reader.read(yaml.read(data, str(file)))
    return together(map(one, files))


_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\u202a-\u202e\u2066-\u2069]")


def sql_text(data: bytes, file: Path) -> str:
    """The text of a SQL file; what would make a reviewer read another text than the server does is refused."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("this byte is not UTF-8", where=_at(file, data[:error.start].decode("utf-8-sig")), why="SQL files are read as UTF-8",
                         next="save the file as UTF-8") from error
    hidden = _UNSEEN.search(text)
    if hidden:
        raise InputError(f"the character U+{ord(hidden[0]):04X} does not belong in a SQL file", where=_at(file, text[:hidden.start()]),
                         why="control characters and marks that change the direction of the text cannot be seen in a review", next="remove it")
    return text


def _at(file: Path, before: str) -> str:
    return f"{file}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def settle(files: Iterable[Path], live: Catalog, now: Written, selection: Selection, known: Knowledge, room: Room, there: Knowledge) -> Canonical:
    """The desired state as the server would keep it; what is declared as it is now is not tried out. What is not selected is as it is."""
    desired = read(files, room.session.adapter, known, now)
    beside = as_they_are(live, selection.beside(live))
    left = {node.id: node for one in beside for node in live.subtree(one.id)}
    desired = _without(desired, left)
    parts = divide(desired if desired.scripts else replace(desired, same=(*desired.same, *beside)), live, now)
    if not parts.open.objects and not parts.open.scripts:
        return Canonical(live if len(parts.settled) == len(live) else Catalog(parts.settled), desired, (), ())
    found = canonical(parts.open, room.place, there, beside if parts.open.scripts else ())
    if parts.open.scripts:
        room.leave()
    nodes = {node.id: node for node in (*selection.of(found.catalog).nodes, *parts.settled, *left.values())}
    kept = {*left, *(one.id for one in parts.settled)} - (found.catalog.keys() - left.keys())
    digests = {id: live.digests[id] for id in kept if id in live.digests}
    return replace(found, desired=desired, catalog=Catalog(nodes.values(), digests))


def _without(desired: Desired, left: Mapping[NodeId, Node]) -> Desired:
    """What files say of objects that are left out, and of what goes with them, counts for nothing."""
    above = {one.node.id: one.node.parent for one in desired.objects}

    def counts(id: NodeId | None) -> bool:
        return id is None or (id not in left and counts(above.get(id)))
    if not left:
        return desired
    return replace(desired, objects=tuple(one for one in desired.objects if counts(one.node.id)),
                   same=tuple(one for one in desired.same if counts(one.id)))


def canonical(desired: Desired, place: Any, known: Knowledge, beside: tuple[Same, ...] = ()) -> Canonical:
    """Load it into an empty place and read it back; what was taken and not kept is an error with its place in the file."""
    from kernel.planning.choose import Chooser
    from kernel.planning.load import load

    load(place, desired, known.kinds, Chooser(known.kinds, known.matrix), Desired(same=beside).opened())
    catalog = introspect(place, known.kinds).catalog
    findings = tuple(
        Finding("desired-not-kept", one.at, f"{one.node.id.kind.replace('_', ' ')} {one.node.id.label}: {says}",
                "take it out, or say it in a way that this server has", "error")
        for one, says in not_arrived(desired, catalog, known.kinds))
    return Canonical(catalog, desired, findings, tuple(unmodelled(place, known)))
