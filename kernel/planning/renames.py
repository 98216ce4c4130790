"""Which object of the desired schema is which one of those that are there, under another name: as people say, by two spellings of a name, or as what
counts a column that both have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kernel.air.renamed import Renaming
from kernel.core.finding import Finding
from kernel.core.node import Catalog, NodeId
from kernel.kinds._spec import Kind
from kernel.planning.desired import Desired


def renames(desired: Desired, base: Catalog, canonical: Catalog) -> tuple[dict[NodeId, NodeId], list[Finding]]:
    """What people say was renamed, as far as the old object is there and the new one is not; and what they say in vain. Where both are there
    and the old one is to go, it is not known which of the two was meant to stay.

    Outermost objects come first: what goes with a renamed table is looked for under its old name, and said under the new one.
    """
    found: dict[NodeId, NodeId] = {}
    stale: list[Finding] = []
    said = [(new, old, at) for old, new, at in _said(desired, canonical)]
    leaving = {new.renamed(old) for new, old, _ in said}
    for new, old_name, at in sorted(said, key=lambda one: (len(one[0].path), one)):
        old = new.renamed(old_name)
        there, taken = _where_it_was(old, found) in base, _where_it_was(new, found) in base and new not in leaving
        if there and not taken and new in canonical:
            found[old] = new
        elif there and taken and old not in canonical:
            says = f"{old.label} and {new.label} are both there: nothing gets another name, and {old.label} is dropped"
            remedy = f"rename or drop one of them first, or delete `renamed_from` if {old.label} is to go"
            stale.append(Finding("rename-taken", at, says, remedy, "error"))
        elif there or not taken:
            both, none = f"both {old.label} and {new.label} are there and wanted", f"there is no {new.kind.replace('_', ' ')} {old.label} to rename"
            stale.append(Finding("rename-done", at, both if taken else none, "delete `renamed_from`", "note"))
    return found, stale


def respelled(base: Catalog, canonical: Catalog) -> dict[NodeId, NodeId]:
    """Parts of a table whose names differ in capital letters alone: on a server that takes them for the same name, the same thing."""
    found: dict[NodeId, NodeId] = {}
    gone = {(node.id.kind, node.id.path[:-1], node.name.lower()): node.id for node in base.nodes if node.parent and node.id not in canonical}
    for node in canonical.nodes:
        old = gone.get((node.id.kind, node.id.path[:-1], node.name.lower()))
        if old is not None and node.parent and node.id not in base:
            found[old] = node.id
    return found


def counters(base: Catalog, canonical: Catalog, renamed: Mapping[NodeId, NodeId], kinds: Mapping[str, Kind]) -> dict[NodeId, NodeId]:
    """What counts a column goes on to do so under another name: another counter would begin anew. It goes with the column, by which it is known."""
    were = {new: old for old, new in renamed.items()}
    gone = {column: node.id for node in base.nodes if kinds[node.id.kind].counts and node.id not in canonical
            and (column := _counted_by(node.id, base)) is not None}
    found: dict[NodeId, NodeId] = {}
    for node in canonical.nodes if gone else ():
        column = _counted_by(node.id, canonical) if kinds[node.id.kind].counts and node.id not in base else None
        old = gone.get(_where_it_was(were.get(column, column), renamed)) if column is not None else None
        if old is not None and old not in renamed and old.path[:-1] == node.id.path[:-1]:
            found[old] = node.id
    return found


def _counted_by(counter: NodeId, catalog: Catalog) -> NodeId | None:
    """The column that it goes with."""
    return next((id for link in catalog.children(counter) for id in link.depends_on if id.kind == "column"), None)


def _said(desired: Desired, canonical: Catalog) -> Iterator[tuple[str, NodeId, str]]:
    for one in desired.objects:
        if one.renamed_from:
            yield one.renamed_from, one.node.id, one.at
    for script in desired.scripts:
        for said in script.renamed:
            if not said.is_value:
                yield from ((said.old, id, script.at) for id in _named(said, canonical))


def _named(said: Renaming, canonical: Catalog) -> Iterator[NodeId]:
    """The objects that a comment in a statement speaks of."""
    for node in canonical.nodes:
        path = node.id.path
        schema_fits = len(said.path) < 2 or path[0] in ("", said.path[0])
        if said.member:
            fits = len(path) == 3 and path[1:] == (said.path[-1], said.member)
        else:
            fits = path[-1] == said.path[-1] and (len(path) == 2 or node.id.kind == "index")
        if fits and schema_fits:
            yield node.id


def _where_it_was(id: NodeId, renamed: Mapping[NodeId, NodeId]) -> NodeId:
    """The object's id before its table was renamed."""
    for old, new in renamed.items():
        if len(new.path) < len(id.path) and id.path[:len(new.path)] == new.path:
            return NodeId(id.kind, (*old.path, *id.path[len(new.path):]))
    return id
