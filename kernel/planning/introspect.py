"""Reading a database into a catalog: one query for each kind, and the edges between what was read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from kernel.core.errors import Gone, LockTimeout, Refused
from kernel.core.evidence import Evidence
from kernel.core.node import Catalog, Node, NodeId, Value
from kernel.core.words import LETTER, PART
from kernel.kinds._catalogs import Edge
from kernel.kinds._spec import Kind, Read
from kernel.planning.ports import Session

Row = tuple[Any, ...]

_WORD = re.compile(rf"""'(?:[^']|'')*'|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|({LETTER}{PART}*)""")
_DOUBLED = ('""', "``", "]]", "..")
"""How each sort of name there says its own mark; a plain one has none."""
_ESCAPED = re.compile(_WORD.pattern.replace("[^']|''", r"[^'\\]|\\.|''", 1), re.DOTALL)
"""The same where a backslash keeps a quote from ending a literal; which of the two a text means is not known here, so that both count."""


@dataclass(frozen=True)
class Reading:
    """What was read, and by which read of each kind; "" where this server answers none of them."""

    catalog: Catalog
    held: Mapping[str, str]

    def answered(self, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
        """The kinds with the one read of each that was answered: within a transaction nothing may be asked in vain."""
        return with_reads(kinds, self.held)


def with_reads(kinds: Mapping[str, Kind], held: Mapping[str, str]) -> dict[str, Kind]:
    """The kinds with the one read of each that is held to work; with none, where none is."""
    return {name: replace(kind, reads=tuple(read for read in kind.reads if read.name == held.get(name))) for name, kind in kinds.items()}


def reads(session: Session, kinds: Mapping[str, Kind], known: Mapping[str, Evidence]) -> dict[str, Evidence]:
    """Which read of each kind this server answers, as facts: those known before, and the others found out by reading.

    That a read was refused is not kept: another user may be allowed it.
    """
    facts = {f"{kind.name}.read.{read.name}": known[f"{kind.name}.read.{read.name}"] for kind in kinds.values() for read in kind.reads
             if f"{kind.name}.read.{read.name}" in known}
    answered = {capability.partition(".")[0] for capability, evidence in facts.items() if evidence.granted}
    missing = [name for name in kinds if name not in answered]
    if missing:
        held = introspect(session, kinds, only=missing).held
        facts |= {f"{name}.read.{read}": Evidence(accepted=True, arrived=True) for name, read in held.items() if read}
    return facts


def look(session: Session, kinds: Mapping[str, Kind], ids: Iterable[NodeId]) -> Catalog:
    """What is there now of these objects, and perhaps others beside them: of no other tables, where a read can tell."""
    wanted = tuple(ids)
    return introspect(session, kinds, only={id.kind for id in wanted}, tables={id.path[:2] for id in wanted}).catalog


def introspect(session: Session, kinds: Mapping[str, Kind], held: Mapping[str, str] | None = None, only: Iterable[str] = (),
               tables: AbstractSet[tuple[str, ...]] | None = None) -> Reading:
    """The catalog of a database. `held` says which reads are known to work; `only` limits it to some kinds, and `tables` what goes with
    tables to those of some, by their paths."""
    chosen = set(only)
    known, nodes, edges = dict(held or {}), list[Node](), list[Edge]()
    shown: dict[str, Row] = {}
    with session.adapter.reading(session):
        for kind in kinds.values():
            if chosen and kind.name not in chosen:
                continue
            for one in _read(session, kind, known, shown, tables):
                (edges if type(one) is Edge else nodes).append(one)  # type: ignore[arg-type]
    return Reading(Catalog(linked(nodes, edges)), known)


def _read(session: Session, kind: Kind, known: dict[str, str], shown: dict[str, Row],
          tables: AbstractSet[tuple[str, ...]] | None = None) -> Iterable[Node | Edge]:
    """The rows of the first read that the server answers."""
    if kind.name in known and not known[kind.name]:
        return ()
    for read in kind.reads:
        if known.get(kind.name, read.name) != read.name:
            continue
        try:
            rows = session.rows(read.query) if tables is None or not read.of else _of_tables(session, read, tables)
        except (Gone, LockTimeout):
            raise
        except Refused:
            continue
        known[kind.name] = read.name
        each = ((*row, *_each(session, read, row, shown)) for row in rows) if read.each else _used_up(rows)
        return (one for row in each for one in read.nodes(*row))
    known[kind.name] = ""
    return ()


def _used_up(rows: list[Row]) -> Iterator[Row]:
    """One after the other, and then gone: of a large database there are hundreds of thousands."""
    rows.reverse()
    while rows:
        yield rows.pop()


def _of_tables(session: Session, read: Read, tables: AbstractSet[tuple[str, ...]]) -> list[Row]:
    """The rows of some tables. A server that can be told beforehand need not work out the others."""
    names = {path[-len(read.of):] for path in tables if len(path) >= len(read.of)}
    if not names:
        return []
    narrowed = getattr(session.adapter, "narrowed", None)
    rows = session.rows(narrowed(read.query, read.of, names) if narrowed else read.query)
    return [row for row in rows if tuple(row[at] for at in read.of) in names]


def _each(session: Session, read: Read, row: Row, shown: dict[str, Row]) -> Row:
    """What the server shows for one row; asked once, for several kinds may be read from it."""
    if not read.each:
        return ()
    statement = read.each.format(session.adapter.q.name(row[0]))
    if statement not in shown:
        shown[statement] = session.rows(statement)[0]
    return shown[statement]


def linked(nodes: list[Node], edges: list[Edge]) -> Iterable[Node]:
    """The nodes with all that they depend on: as the catalog says, else as their text mentions. The lists are used up, so that a large
    database is held once."""
    by_address = {str(address): node.id for node in nodes if (address := node.hints.get("address")) is not None}
    other_name = {edge.needs: edge.needed[1:] for edge in edges if edge.needed.startswith("=")}
    if any("of" in node.hints for node in nodes):
        parents = {node.id: node.parent for node in nodes if node.parent is not None}
        nodes = [_placed(node, by_address, other_name, parents) for node in nodes]
    present = {node.id for node in nodes}
    needs: dict[NodeId, list[NodeId]] = {}
    while edges:
        edge = edges.pop()
        if not edge.needed.startswith("="):
            here, there = _at(edge.needs, by_address, other_name), _at(edge.needed, by_address, other_name)
            if here and there and here != there:
                needs.setdefault(here, []).append(there)
    mentioned = _Mentions(nodes)
    by_address.clear()
    other_name.clear()
    nodes.reverse()
    while nodes:
        node = nodes.pop()
        more = frozenset(needs.pop(node.id, ())) | (mentioned.by(node) if "mentions" in node.hints else _NOBODY)
        kept, hints = node.depends_on, node.hints
        if more or not kept <= present or node.id in kept:
            kept = frozenset(one for one in kept | more if one in present and one != node.id)
        if "address" in hints:
            hints = {name: value for name, value in hints.items() if name != "address"} if len(hints) > 1 else _NOTHING
        yield node if kept == node.depends_on and hints is node.hints else Node(node.id, node.attributes, node.parent, kept, hints)


def _placed(node: Node, by_address: Mapping[str, NodeId], other_name: Mapping[str, str], parents: Mapping[NodeId, NodeId]) -> Node:
    """Under the object whose address it names (`of`), if it names one: it may go with objects of any kind.

    It needs that object as it is to be, and the one that this goes with.
    """
    owner = _at(node.hint("of"), by_address, other_name) if "of" in node.hints else None
    if owner is None:
        return node
    path = (*owner.path, *node.id.path[len(owner.path):])
    needs = {owner, parents[owner]} if owner in parents else {owner}
    return replace(node, id=NodeId(node.id.kind, path), parent=owner, depends_on=node.depends_on | needs)


def _at(address: str, by_address: Mapping[str, NodeId], other_name: Mapping[str, str]) -> NodeId | None:
    """The object at an address, the one that the address is another name of, or the one whose part it is."""
    for _ in range(4):
        if address in by_address:
            return by_address[address]
        if address in other_name:
            address = other_name[address]
        elif not address.endswith(":0"):
            address = address[:address.rindex(":")] + ":0"
        else:
            return None
    return None


_NOBODY = frozenset[NodeId]()
_NOTHING: Mapping[str, Value] = {}


class _Mentions:
    """Finds objects by the names in a text, for catalogs that keep no dependencies; routines without their arguments."""

    def __init__(self, nodes: list[Node]) -> None:
        self.by_name: dict[tuple[str, str], list[NodeId]] = {}
        self.columns: dict[tuple[NodeId, str], NodeId] = {}
        self.schemas: set[str] = set()
        if not any(node.hints.get("mentions") for node in nodes):
            return
        for node in nodes:
            if node.parent is None:
                for name in {node.name.lower(), node.name.partition("(")[0].lower()}:
                    self.by_name.setdefault((node.id.path[0].lower(), name), []).append(node.id)
            elif node.id.kind == "column":
                self.columns[node.parent, node.name.lower()] = node.id
        self.schemas = {node.id.path[0].lower() for node in nodes if len(node.id.path) > 1}

    def by(self, node: Node) -> AbstractSet[NodeId]:
        text = node.hints.get("mentions")
        if not text:
            return _NOBODY
        written = str(text)
        listed = [*_WORD.findall(written), *(_ESCAPED.findall(written) if "\\'" in written else ())]
        words = {one.replace(mark, mark[:1]).lower() for groups in listed for mark, one in zip(_DOUBLED, groups, strict=True) if one}
        schemas = {node.id.path[0].lower(), *(words & self.schemas)}
        own = {word: self.columns[node.parent, word] for word in words if node.parent and (node.parent, word) in self.columns}
        found = {*own.values()}
        found |= {one for word in words - own.keys() for schema in schemas for one in self.by_name.get((schema, word), ()) if one != node.parent}
        found |= {self.columns[one, word] for one in tuple(found) for word in words if (one, word) in self.columns}
        return found - {node.id}
