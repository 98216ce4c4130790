"""The rows of all tables, before and after a plan: none of them may be missing but those that the plan gives up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Step
from kernel.kinds._inheritance import below, table_of
from kernel.planning.ports import Session

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """The names of the columns, and the rows: each with how often it is there."""

    columns: tuple[str, ...]
    rows: Counter[Row]


Contents = Mapping[NodeId, Table]


@dataclass(frozen=True)
class Moves:
    """What rows may do on the way: `renamed` are objects with other names afterwards, `kin` the tables (by their later names) among which a row
    may move, each with all of its kin, and `given_up` the tables that go with their rows."""

    renamed: Mapping[NodeId, NodeId] = field(default_factory=dict)
    kin: Mapping[NodeId, AbstractSet[NodeId]] = field(default_factory=dict)
    given_up: AbstractSet[NodeId] = frozenset()

    def then(self, id: NodeId) -> NodeId:
        return self.renamed.get(id, id)


def contents(place: Session, catalog: Catalog) -> Contents:
    """The rows that lie in each table itself, as the server shows them; their order says nothing."""
    q, found = place.adapter.q, dict[NodeId, Table]()
    for table in catalog.of("table"):
        columns = tuple(sorted(one.name for one in catalog.children(table.id, "column") if not one.text("generated")))
        if columns:
            only = "ONLY " if any(True for _ in below(table.id, catalog)) else ""
            rows = place.rows(f"SELECT {', '.join(map(q.name, columns))} FROM {only}{q.name(*table.id.path)}")
            found[table.id] = Table(columns, Counter(tuple(map(str, row)) for row in rows))
    return found


def moves(base: Catalog, desired: Catalog, renamed: Mapping[NodeId, NodeId], steps: Iterable[Step]) -> Moves:
    """Rows move among the partitions of a table, and those of one that is dropped go with it, where its step says so."""
    kin: dict[NodeId, set[NodeId]] = {}
    for link in (*base.of("inheritance"), *desired.of("inheritance")):
        ends = [renamed.get(id, id) for id in (link.parent, table_of(link)) if id]
        together = set().union(*(kin.get(id, {id}) for id in ends))
        kin.update(dict.fromkeys(together, together))
    gone = {id for step in steps if step.loses for id in step.before if id.kind == "table" and renamed.get(id, id) not in desired}
    return Moves(renamed, kin, gone)


def lost(before: Contents, after: Contents, moves: Moves) -> str:
    """Tables that both states have, with rows that the later one has not; "" if there are none. Columns that all have count."""
    for family in sorted({frozenset(moves.kin.get(moves.then(id), {moves.then(id)})) for id in before}, key=sorted):
        old = [_then(id, table, moves) for id, table in before.items() if moves.then(id) in family and id not in moves.given_up]
        new = [table for id, table in after.items() if id in family]
        if old and new and (says := _missing(old, new)):
            return says.format(" and ".join(sorted(id.label for id in before if moves.then(id) in family)))
    return ""


def _then(id: NodeId, table: Table, moves: Moves) -> Table:
    """The table with its columns as they are called later."""
    return Table(tuple(moves.then(NodeId("column", (*id.path, name))).name for name in table.columns), table.rows)


def _missing(old: Sequence[Table], new: Sequence[Table]) -> str:
    """What to say of them."""
    had, has = (sum(table.rows.total() for table in side) for side in (old, new))
    if had != has:
        return f"{{}} had {had} rows and has {has}"
    common = [name for name in new[0].columns if all(name in table.columns for table in (*old, *new))]
    was, now = (Counter(_of(side, common)) for side in (old, new))
    return "the values of {} are others" if was != now and _loosely(was) != _loosely(now) else ""


def _of(tables: Iterable[Table], columns: Sequence[str]) -> Iterator[Row]:
    for table in tables:
        places = [table.columns.index(name) for name in columns]
        for row in table.rows.elements():
            yield tuple(row[at] for at in places)


def _loosely(rows: Counter[Row]) -> Counter[Row]:
    """Numbers by their value: a wider type may print more digits."""
    def plain(text: str) -> str:
        try:
            return f"{float(text):.10g}"
        except ValueError:
            return text.strip()
    found = Counter[Row]()
    for row, count in rows.items():
        found[tuple(map(plain, row))] += count
    return found
