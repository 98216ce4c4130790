"""Rows for a twin: as many as asked for, shaped like the live ones, and such that the keys and conditions of the base hold.

What a column takes is guessed from its type, and what a condition allows from the literals in it; the server decides. A handful of rows is
tried first, so that the many that follow are taken as they are, several hundred in one statement.
"""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kernel.core.errors import Gone, ServerError
from kernel.core.node import Catalog, Node, NodeId
from kernel.core.plan import Step
from kernel.core.statistics import ColumnStatistics, TableStatistics
from kernel.planning.ports import Session
from kernel.planning.values import STRANGE, Plain, Series, mined, values_of

BATCH, BATCH_CHARACTERS = 500, 200_000
TRIES = 400
MOST_REFUSED = 200
FEW, MOST_ROWS = 50, 10_000


def scaled(statistics: Mapping[NodeId, TableStatistics], tables: Iterable[NodeId], most: int = MOST_ROWS) -> dict[NodeId, int]:
    """How many rows each table gets: as many as it has, or all in proportion so that the largest gets `most`; a few at least, for no rows prove
    nothing."""
    known = {id: statistics[id].rows if id in statistics else -1 for id in tables}
    largest = max(known.values(), default=0)
    share = min(1.0, most / largest) if largest > 0 else 1.0
    return {id: max(FEW, round(rows * share)) for id, rows in known.items()}


@dataclass(frozen=True)
class Goal:
    """What the rows must stand later as well: the catalog that a plan leads to, and queries that count the rows which a step would not take."""

    catalog: Catalog = field(default_factory=Catalog)
    checks: tuple[str, ...] = ()


def fill(place: Session, catalog: Catalog, rows: int | Mapping[NodeId, int],
         statistics: Mapping[NodeId, TableStatistics] | None = None, goal: Goal = Goal()) -> Mapping[NodeId, int]:
    """Fill every table up to so many rows that fit, parents first; how many each one has then."""
    done: dict[NodeId, int] = {}
    tables = {table.id: table for table in catalog.of("table") if not table.text("partition_by")}
    while left := [table for id, table in tables.items() if id not in done]:
        ready = [table for table in left if (_parents(table, catalog) | _parents(table, goal.catalog)) & tables.keys() <= done.keys()]
        for table in ready or left[:1]:
            wanted = rows if isinstance(rows, int) else rows.get(table.id, FEW)
            known = (statistics or {}).get(table.id, TableStatistics())
            done[table.id] = _Filler(place, table, catalog, wanted, known, frozenset(done), goal).run()
    return done


def fill_for(place: Session, sides: tuple[Catalog, Catalog], steps: Iterable[Step], rows: Mapping[NodeId, int],
             statistics: Mapping[NodeId, TableStatistics]) -> Mapping[NodeId, int]:
    """Rows over which these steps can run, and which the server has looked over, as it has those of a live table; how many each table has then."""
    base, desired = sides
    done = fill(place, base, rows, statistics, Goal(desired, tuple(check.count for step in steps for check in step.strategy.checks)))
    if look_over := getattr(place.adapter, "look_over", None):
        look_over(place, done)
    return done


def _parents(table: Node, catalog: Catalog) -> set[NodeId]:
    return {_target(key) for key in catalog.children(table.id, "foreign_key")} - {table.id}


def _target(key: Node) -> NodeId:
    """The table that a foreign key points at."""
    said = key.hints.get("target")
    if isinstance(said, tuple):
        return NodeId("table", tuple(map(str, said)))
    assert key.parent is not None
    return next((one for one in sorted(key.depends_on) if one.kind == "table" and one != key.parent), key.parent)


Cell = Callable[[int], str]


@dataclass(frozen=True)
class _Link:
    """Columns that together take the key of a row elsewhere."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class _Recipe:
    """For each column its values."""

    series: Mapping[str, Series]


class _Filler:
    """Fills one table. `filled`: the tables that have their rows already."""

    def __init__(self, place: Session, table: Node, catalog: Catalog, wanted: int, known: TableStatistics, filled: frozenset[NodeId],
                 goal: Goal) -> None:
        self.place, self.table, self.catalog, self.known, self.q = place, table, catalog, known, place.adapter.q
        self.columns = [one for one in catalog.children(table.id, "column") if not one.text("generated") and not one.text("identity")]
        self.filled, self.goal = filled, goal
        self.checks = [one for one in goal.checks if self.q.name(*table.id.path) in one] + [*self._conditions_to_come()]
        self.wanted = wanted
        self.enums = {name: one.names("values") for one in catalog.of("enum") for name in (one.id.label, self.q.name(*one.id.path))}
        self.refused = 0

    def run(self) -> int:
        if not self.columns or self.there >= self.wanted:
            return self.there
        recipe = self._recipe()
        taken = 0
        for batch in _batches(self._rows(recipe, range(self.there, self._capacity(recipe)))):
            taken += self._load(batch)
            if self.refused > MOST_REFUSED and taken < self.refused:
                break
        return self.there + taken

    @cached_property
    def there(self) -> int:
        """How many rows it has: the new ones are numbered from there."""
        return int(self.place.rows(f"SELECT count(*) FROM {self.q.name(*self.table.id.path)}")[0][0])

    def _conditions_to_come(self) -> Iterator[str]:
        """Queries for the rows that a condition which comes later does not hold for."""
        for check in self.goal.catalog.children(self.table.id, "check"):
            said = re.fullmatch(r"CHECK \((.*)\)(?: NOT VALID| NO INHERIT)*", check.text("definition"), re.S)
            condition = check.text("expression") or (said[1] if said else "")
            if condition and check.id not in self.catalog:
                yield f"SELECT count(*) FROM {self.q.name(*self.table.id.path)} WHERE NOT ({condition})"

    def _parts(self, *kinds: str) -> list[Node]:
        """What goes with the table now, and what will, as far as it is about columns that are there now."""
        ours = {one.name for one in self.catalog.children(self.table.id, "column")}
        now = [one for kind in kinds for one in self.catalog.children(self.table.id, kind)]
        later = [one for kind in kinds for one in self.goal.catalog.children(self.table.id, kind)]
        return [*now, *(one for one in later if one not in now and {id.name for id in one.depends_on if id.kind == "column"} <= ours)]

    @cached_property
    def links(self) -> tuple[_Link, ...]:
        """A column follows the first key that it is part of."""
        found: list[_Link] = []
        for key in self._parts("foreign_key"):
            columns = key.names("columns")
            if not any(set(columns) & set(one.columns) for one in found):
                found.append(_Link(columns, self._keys_of(key)))
        return tuple(found)

    def _keys_of(self, key: Node) -> tuple[tuple[Any, ...], ...]:
        target, references = _target(key), key.names("references")
        if target not in self.filled:
            return ()
        if not references:
            references = tuple(one.text("column") for known in self.catalog.children(target, "primary_key") for one in known.records("columns"))
        names = ", ".join(self.q.name(one) for one in references)
        whole = " AND ".join(f"{self.q.name(one)} IS NOT NULL" for one in references)
        with contextlib.suppress(ServerError):
            return tuple(self.place.rows(f"SELECT DISTINCT {names} FROM {self.q.name(*target.path)} WHERE {whole} LIMIT {self.wanted + 1}"))
        return ()

    @cached_property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each key that no two rows share, where we are the one that fills it."""
        ours = {one.name for one in self.columns}
        found = [key for key in self._parts("primary_key", "unique", "index") if key.id.kind != "index" or key.flag("unique")]
        listed = [tuple(part.text("column") for part in key.records("columns")) for key in found]
        return tuple(sorted((one for one in listed if one and set(one) <= ours), key=len))

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Everything that says which rows may be here, in the server's words."""
        here = self._parts("check", "inheritance")
        texts = [one.text(name) for one in here for name in ("expression", "definition", "bound")]
        above = [self.catalog[one] for link in here for one in link.depends_on if one.kind == "table" and one in self.catalog]
        texts += [one.text(name) for one in (self.table, *above) for name in ("partitions", "partition_by")]
        return tuple(filter(None, texts))

    def _told(self, column: Node) -> str:
        """The conditions that speak of a column."""
        name = re.compile(rf"(?<!\w){re.escape(column.name)}(?!\w)")
        whole = [one for one in self.conditions if name.search(one) or one.startswith("FOR VALUES")]
        return " ".join(filter(None, (column.text("check"), *whole)))

    def _domain(self, column: Node) -> tuple[str, str]:
        """The type below a column's type, and the conditions that come with it."""
        domain = next((one for one in self.catalog.of("domain") if column.text("type") in (one.id.label, self.q.name(*one.id.path))), None)
        if domain is None:
            return column.text("type"), ""
        checks = self.catalog.children(domain.id, "domain_check")
        return domain.text("type"), " ".join(one.text(name) for one in checks for name in ("definition", "expression"))

    def _options(self, column: Node) -> tuple[Series, ...]:
        """The values that a column may take, the likeliest first; more than one where it is not certain."""
        type, checks = self._domain(column)
        statistics = self.known.columns.get(column.name, ColumnStatistics())
        best = values_of(type, self.enums, max(0, statistics.width))
        later = self.goal.catalog.get(column.id, column).text("check")
        told = " ".join(filter(None, (checks, later, self._told(column))))
        first = (best,) if best is not None else STRANGE
        return (*first, *mined(told, best)) if told else first

    def _recipe(self) -> _Recipe:
        """Values that the server takes, as a few rows show; the likeliest where none were found."""
        options = {one.name: self._options(one) for one in self.columns}
        likeliest = _Recipe({name: series[0] for name, series in options.items()})
        if self._taken(likeliest):
            return likeliest
        uncertain = [name for name, series in options.items() if len(series) > 1] or [*options]
        chance = random.Random(f"rows of {self.table.id}")  # the same rows for the same base
        for attempt in range(TRIES):
            chosen = dict(likeliest.series)
            for name in uncertain:
                chosen[name] = chance.choice(STRANGE if chance.random() < 0.1 else options[name])
            few = (0, 0, 100, 10, 1)[attempt % 5]
            recipe = _Recipe({name: one.first(few) if few and name in uncertain else one for name, one in chosen.items()})
            if self._taken(recipe):
                return recipe
        return likeliest

    def _taken(self, recipe: _Recipe) -> bool:
        """The server takes the first rows and the last ones; they are not kept."""
        last = self._capacity(recipe) - 1
        numbers = sorted({one for one in (*(self.there + some for some in (0, 1, 2, 11, 101)), last // 2, last) if self.there <= one <= last})
        if not numbers:
            return False
        self.place.begin()
        try:
            self.place.run(self._insert([*self._rows(recipe, numbers)]))
            return not any(self._count_of(one) for one in self.checks)
        except Gone:
            raise
        except ServerError:
            return False
        finally:
            self.place.rollback()

    def _count_of(self, check: str) -> int:
        """How many rows a later step would not take; what asks for something that is not there yet is not asked again."""
        try:
            return int(self.place.rows(check)[0][0])
        except Gone:
            raise
        except ServerError:
            self.checks.remove(check)
            raise

    def _sources(self, columns: Iterable[str]) -> list[tuple[str, ...]]:
        """What a key is made of: columns by themselves, and those that are filled together."""
        found = []
        for name in columns:
            link = next((one.columns for one in self.links if name in one.columns), (name,))
            if link not in found:
                found.append(link)
        return found

    def _count(self, source: tuple[str, ...], recipe: _Recipe) -> int:
        link = next((one for one in self.links if one.columns == source), None)
        return (len(link.rows) or self.wanted) if link is not None else recipe.series[source[0]].count

    def _capacity(self, recipe: _Recipe) -> int:
        """How many rows there can be with no key twice."""
        most = self.wanted
        for key in self.keys:
            room = 1
            for source in self._sources(key):
                room *= max(1, self._count(source, recipe))
            most = min(most, room)
        return most

    def _digits(self, recipe: _Recipe) -> Mapping[tuple[str, ...], tuple[int, int]]:
        """For each part of a key by what the row's number is divided, and into how many: so no two rows have the same."""
        found: dict[tuple[str, ...], tuple[int, int]] = {}
        for key in self.keys:
            sources = sorted(self._sources(key), key=lambda one: -self._count(one, recipe))
            if any(one in found and found[one][0] == 1 and self._count(one, recipe) >= self.wanted for one in sources):
                continue
            divisor = 1
            for source in sources:
                count = max(1, self._count(source, recipe))
                found.setdefault(source, (divisor, count))
                divisor *= count
        return found

    def _cells(self, recipe: _Recipe) -> list[Cell]:
        """For each column, its literal by the number of the row."""
        digits = self._digits(recipe)
        found: dict[str, Cell] = {}
        for link in self.links:
            divisor, count = digits.get(link.columns, (1, len(link.rows)))
            for at, name in enumerate(link.columns):
                if link.rows:
                    texts = [self.q.literal(_plain(row[at])) for row in link.rows]
                    found[name] = _picked(texts, divisor, count)
                elif self._nullable(name):
                    found[name] = _picked([self.q.literal(None)], 1, 1)
        keyed = {name for key in self.keys for name in key}
        for column in self.columns:
            name = column.name
            if name not in found:
                divisor, count = digits.get((name,), (1, self._spread(name)))
                found[name] = self._cell(recipe.series[name], divisor, count)
            share = self.known.columns.get(name, ColumnStatistics()).nulls_ppm
            if name not in keyed and share > 0 and self._nullable(name):
                found[name] = _with_nulls(found[name], self.q.literal(None), share, len(name) * 97)
        return [found[one.name] for one in self.columns]

    def _cell(self, series: Series, divisor: int, count: int) -> Cell:
        literal, different = self.q.literal, min(count, series.count)
        if different <= 1000:
            return _picked([literal(series.at(number)) for number in range(different)], divisor, count)
        return lambda number: literal(series.at(number // divisor % count % series.count))

    def _rows(self, recipe: _Recipe, numbers: Iterable[int]) -> Iterator[str]:
        cells = self._cells(recipe)
        return (f"({', '.join([cell(number) for cell in cells])})" for number in numbers)

    def _nullable(self, name: str) -> bool:
        id = NodeId("column", (*self.table.id.path, name))
        return all(bool(one[id].get("nullable", True)) for one in (self.catalog, self.goal.catalog) if id in one)

    def _spread(self, name: str) -> int:
        """How many different values: of a few as many as there are, of many in proportion to the rows."""
        known, rows = self.known.columns.get(name, ColumnStatistics()).distinct, self.known.rows
        if known <= 0:
            return max(1, self.wanted)
        return max(1, known if rows <= 0 or known * 10 < rows else known * self.wanted // rows)

    def _insert(self, rows: Sequence[str]) -> str:
        names = ", ".join(self.q.name(one.name) for one in self.columns)
        return f"INSERT INTO {self.q.name(*self.table.id.path)} ({names}) VALUES {', '.join(rows)}"

    def _load(self, rows: Sequence[str]) -> int:
        """How many of these rows the server took; those that it does not are found by halving."""
        try:
            self.place.run(self._insert(rows))
            return len(rows)
        except Gone:
            raise
        except ServerError:
            self.refused += 1
            if len(rows) == 1 or self.refused > MOST_REFUSED:
                return 0
        half = len(rows) // 2
        return self._load(rows[:half]) + self._load(rows[half:])


def _picked(texts: Sequence[str], divisor: int, count: int) -> Cell:
    most = len(texts)
    return lambda number: texts[number // divisor % count % most]


def _with_nulls(cell: Cell, null: str, share: int, seed: int) -> Cell:
    """So many nulls in a million rows, scattered over all of them."""
    return lambda number: null if (number * 2_654_435_761 + seed) % 1_000_000 < share else cell(number)


def _plain(value: Any) -> Plain:
    return value if isinstance(value, str | int | bool | None) else str(value)


def _batches(rows: Iterable[str]) -> Iterator[list[str]]:
    """Rows in portions that a server takes in one statement."""
    batch: list[str] = []
    length = 0
    for row in rows:
        batch.append(row)
        length += len(row)
        if len(batch) >= BATCH or length >= BATCH_CHARACTERS:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch
