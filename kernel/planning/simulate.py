"""Rehearsing a plan with rows in it: do they survive the way there, and the way back from every step?"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.core.errors import DidNotArrive, DidNotReturn, Gone, RowsLost, ServerError
from kernel.core.node import Catalog, Node, NodeId
from kernel.core.plan import Step
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Kind
from kernel.planning.introspect import introspect
from kernel.planning.load import play
from kernel.planning.ports import Session

Contents = dict[NodeId, tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]]


@dataclass(frozen=True)
class Played:
    """One step on the twin: how long its statements took, in microseconds."""

    number: int
    microseconds: int


def fill(place: Session, catalog: Catalog, rows: int) -> Mapping[NodeId, int]:
    """Put rows that fit into every table, parents first; how many each one took."""
    done: dict[NodeId, int] = {}
    tables = {table.id: table for table in catalog.of("table") if not table.text("partition_by")}
    while left := [table for id, table in tables.items() if id not in done]:
        ready = [table for table in left if _parents(table, catalog) & tables.keys() <= done.keys()]
        for table in ready or left[:1]:
            done[table.id] = _fill(place, table, catalog, rows)
    return done


def _parents(table: Node, catalog: Catalog) -> set[NodeId]:
    keys = catalog.children(table.id, "foreign_key")
    return {one for key in keys for one in key.depends_on if one.kind == "table"} - {table.id}


def _fill(place: Session, table: Node, catalog: Catalog, rows: int) -> int:
    columns = [one for one in catalog.children(table.id, "column") if not one.text("generated") and not one.text("identity")]
    keys = {name: (key, at) for key in catalog.children(table.id, "foreign_key") for at, name in enumerate(key.names("columns"))}
    q = place.adapter.q
    parents = {key.id: _parent_rows(place, key, rows) for key, _ in keys.values()}
    names = ", ".join(q.name(one.name) for one in columns)
    count = 0
    for number in range(1, rows + 1):
        values = []
        for column in columns:
            key, at = keys.get(column.name, (None, 0))
            known = parents.get(key.id, ()) if key is not None else ()
            values.append(q.literal(_text(known[(number - 1) % len(known)][at])) if known else q.literal(sample_value(column, number)))
        text = f"INSERT INTO {q.name(*table.id.path)} ({names}) VALUES ({', '.join(values)})" if columns else ""
        try:
            if text:
                place.run(text)
                count += 1
        except Gone:
            raise
        except ServerError:
            if not count and number >= 3:
                break
    return count


def _text(value: Any) -> str | int | bool | None:
    return value if isinstance(value, str | int | bool | None) else str(value)


def _parent_rows(place: Session, key: Node, rows: int) -> list[tuple[Any, ...]]:
    target, references = key.hints.get("target"), key.names("references")
    if not isinstance(target, tuple):
        target = next((one.path for one in key.depends_on if one.kind == "table" and one != key.parent), ())
    if not target or not references:
        return []
    q = place.adapter.q
    with contextlib.suppress(ServerError):
        return place.rows(f"SELECT {', '.join(q.name(one) for one in references)} FROM {q.name(*map(str, target))} LIMIT {rows}")
    return []


def sample_value(column: Node, number: int) -> str | int | bool | None:
    """A value that a column of this type most likely takes; every row another one."""
    type = column.text("type").lower()
    if "bool" in type or type.startswith(("tinyint(1)", "bit")):
        return number % 2 if "bool" not in type else bool(number % 2)
    if "enum" in type and "'" in type:
        return type.split("'")[1]
    if any(word in type for word in ("int", "serial", "year")) and "interval" not in type and "point" not in type:
        return 2000 + number % 100 if "year" in type else number
    if any(word in type for word in ("numeric", "decimal", "real", "double", "float", "money")):
        return number % 90 + 1
    if "timestamp" in type or "datetime" in type:
        return f"2024-01-{number % 28 + 1:02} 12:00:{number % 60:02}"
    if type.startswith("date"):
        return f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}"
    if type.startswith("time"):
        return f"12:{number % 60:02}:00"
    if "uuid" in type:
        return f"00000000-0000-4000-8000-{number:012}"
    if "json" in type:
        return f'{{"n": {number}}}'
    if type.endswith("[]"):
        return "{}"
    if "interval" in type:
        return f"{number} days"
    if "inet" in type or "cidr" in type:
        return f"10.0.{number // 250 % 250}.{number % 250}/32"
    if "bytea" in type or "blob" in type or "binary" in type:
        return f"{number}"
    return f"v{number}"


def contents(place: Session, catalog: Catalog) -> Contents:
    """The rows of every table, as the server shows them, in an order of their own."""
    q, found = place.adapter.q, Contents()
    for table in catalog.of("table"):
        names = tuple(sorted(one.name for one in catalog.children(table.id, "column") if not one.text("generated")))
        if names:
            rows = place.rows(f"SELECT {', '.join(q.name(one) for one in names)} FROM {q.name(*table.id.path)}")
            found[table.id] = names, tuple(sorted((tuple(row) for row in rows), key=repr))
    return found


def lost(before: Contents, after: Contents, renamed: Mapping[NodeId, NodeId]) -> str:
    """A table that both states have, with rows that the later one has not; "" if there is none. Columns that both have count."""
    for id, (names, rows) in before.items():
        now = after.get(renamed.get(id, id))
        if now is None:
            continue
        there = {renamed.get(NodeId("column", (*id.path, name)), NodeId("column", (*id.path, name))).name: at for at, name in enumerate(names)}
        common = [name for name in now[0] if name in there]
        old = sorted(tuple(str(row[there[name]]) for name in common) for row in rows)
        new = sorted(tuple(str(row[now[0].index(name)]) for name in common) for row in now[1])
        if len(old) != len(new):
            return f"{id.label} had {len(old)} rows and has {len(new)}"
        if common and _loosely(old) != _loosely(new):
            return f"the values of {id.label} are others"
    return ""


def _loosely(rows: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Numbers by their value: a wider type may print more digits."""
    def plain(text: str) -> str:
        try:
            return f"{float(text):.10g}"
        except ValueError:
            return text.strip()
    return sorted(tuple(map(plain, row)) for row in rows)


def forward(place: Session, steps: Iterable[Step]) -> list[Played]:
    """Every step; DidNotArrive names the one that the twin refuses."""
    played = []
    for step in steps:
        began = time.monotonic()
        _play(place, step.strategy, f"step {step.number}: {step.says}")
        played.append(Played(step.number, int((time.monotonic() - began) * 1e6)))
    return played


def backward(place: Session, steps: Iterable[Step]) -> None:
    for step in steps:
        for strategy in step.undo:
            _play(place, strategy, f"taking back step {step.number}: {step.says}")


def _play(place: Session, strategy: Strategy, where: str) -> None:
    try:
        play(place, strategy)
    except Gone:
        raise
    except ServerError as error:
        raise DidNotArrive(f"the twin refuses it: {error.what}", where=where, why=error.why, next="plan again, or report it with the plan") from error


def require_same(place: Session, wanted: Catalog, kinds: Mapping[str, Kind], what: str) -> None:
    """The twin is as wanted, object by object."""
    seen = introspect(place, kinds).catalog
    if seen != wanted:
        different = [str(id) for id in sorted({*seen, *wanted}) if seen.get(id) != wanted.get(id)]
        error = DidNotReturn if "back" in what else DidNotArrive
        raise error(f"{what}, the twin is not as it should be", why="different: " + ", ".join(different[:8]),
                    next="plan again, or report it with the plan")


def require_rows(before: Contents, after: Contents, renamed: Mapping[NodeId, NodeId], what: str) -> None:
    says = lost(before, after, renamed)
    if says:
        raise RowsLost(f"{what}: {says}", next="do not apply this plan; report it")
