"""What an adapter offers: sessions, spelling, and sensors. A server of a new make is one file that fills this in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from kernel.air.script import Lexis
from kernel.core.address import Address
from kernel.core.node import NodeId
from kernel.core.statistics import TableStatistics
from kernel.core.workload import Counters, LockRules

if TYPE_CHECKING:
    from kernel.kinds._spec import Kind, Quoting

SMALLEST_ROW = 32
"""Bytes that a row takes at least, with all that a server keeps of it."""


@dataclass(frozen=True)
class TableSize:
    """What the server believes of a table: rows and bytes, from its statistics and not counted. -1 is not known. `most` is how many rows there
    can be, where the server can tell that alone."""

    rows: int
    bytes: int = -1
    most: int = -1

    @property
    def rows_at_most(self) -> int:
        """Where nobody counted the rows: as many as could be there. -1 where not even that is known."""
        if self.rows >= 0:
            return self.rows
        return self.most if self.most >= 0 or self.bytes < 0 else self.bytes // SMALLEST_ROW

    @property
    def is_bound(self) -> bool:
        """`rows_at_most` is no more than that: there may be far fewer."""
        return self.rows < 0


@dataclass(frozen=True)
class Observation:
    """What sensors saw while a statement ran and its transaction was open; None is not known. `commits`: it was seen to end a transaction that
    was open before it; where nobody looked, that can still be found out by taking it back."""

    blocks_reads: bool | None = None
    blocks_writes: bool | None = None
    rewrites: bool | None = None
    scans: bool | None = None
    locks: tuple[tuple[str, str], ...] = ()
    says: str = ""
    commits: bool = False


class Session(Protocol):
    """One connection. Every call raises errors of kernel.core.errors only. Statements commit by themselves outside begin/commit."""

    adapter: Adapter

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a query and return all its rows."""

    def run(self, sql: str) -> int:
        """Run a statement; the number of rows touched, or -1."""

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def cancel(self) -> None:
        """From another thread: stop the statement that is running."""

    def close(self) -> None: ...


class Adapter(Protocol):
    """A server make. `scheme` is its label and nothing more: nobody branches on it."""

    scheme: str
    q: Quoting
    lexis: Lexis
    own_schema: str
    """Where the tables of sqlx itself are kept; "" where they lie among the others."""
    default_schema: str
    """The schema of objects that do not say one."""
    queue: LockRules
    """Which locks do not go together, and how one waits for them. An adapter may be without it."""
    rows_that_tell: int
    """How many rows a table must have for `watch` to see that they are read or written. An adapter may be without it: then one is enough."""

    def connect(self, address: Address) -> Session: ...

    def identity(self, session: Any) -> Mapping[str, str]:
        """What decides about verdicts: the version text, build, extensions, settings. Its digest is the server's fingerprint."""

    def kinds(self, kinds: Mapping[str, Kind]) -> Mapping[str, Kind]:
        """The kinds with reads and strategies of its own, for a server with a catalog of its own."""

    def state(self, session: Any) -> str:
        """A digest of all that the catalog holds, made by the server itself: the same as long as no object changes. "" where it has no cheap one."""

    def scratch(self, session: Any, name: str) -> AbstractContextManager[Any]:
        """A private, empty place like the session's own; gone at the end, with all that was made in it."""

    def empty(self, session: Any) -> None:
        """Remove everything from a scratch place."""

    def sweep(self, session: Any) -> list[str]:
        """Remove scratch places that a dead process left; their names."""

    def reading(self, session: Any) -> AbstractContextManager[None]:
        """Catalog queries inside see one state, with every name qualified."""

    def patience(self, session: Any, milliseconds: int) -> None:
        """How long a statement waits for a lock; 0 means as long as it takes."""

    def lease(self, session: Any, name: str) -> AbstractContextManager[None]:
        """The right to change this database; dies with the connection. Busy where somebody has it."""

    def watch(self, session: Any, other: Any, tables: Sequence[NodeId], statements: Sequence[str]) -> Observation:
        """Run the statements while a second session tries to read and write the tables; the change stays made."""

    def role(self, session: Any) -> str:
        """In whose name objects are made here: the connected role, or, where that may only look, the one that made most; "" if none did."""

    def stand_in(self, session: Any, role: str, guests: Sequence[tuple[str, bool]] = ()) -> None:
        """From now on what belongs to `role` is read as one's own, here and in scratch places; in those the `guests` are there, too: roles
        of the target that this server may not have."""

    def guests(self, session: Any) -> tuple[tuple[str, bool], ...]:
        """The roles of the server that the database refers to, and whether nothing is forbidden to them."""

    def attend(self, session: Any, roles: Sequence[str]) -> None:
        """From now on these objects of the whole server are looked at as well."""

    def sizes(self, session: Any) -> Mapping[NodeId, TableSize]: ...

    def statistics(self, session: Any, tables: Iterable[NodeId]) -> Mapping[NodeId, TableStatistics]:
        """What the server believes of these tables and their columns. An adapter may be without it."""

    def look_over(self, session: Any, tables: Iterable[NodeId]) -> None:
        """Have the server gather statistics of these tables, so that it runs statements over new rows as it does over those of a live table. An
        adapter may be without it."""

    def counters(self, session: Any) -> Counters | None:
        """What users did since the server began to count, and who is there; None where it does not count. An adapter may be without it."""

    def stored(self, session: Any) -> Mapping[str, str] | None:
        """Table -> by what name its rows are stored: another one means that they were written anew. None where that isn't shown. An adapter may
        be without it."""

    def written(self, session: Any) -> int | None:
        """Bytes that this server has written to its log so far, everybody's; None where that isn't shown. An adapter may be without it."""

    def outside(self, session: Any) -> tuple[str, ...] | None:
        """What the server's own dump program prints of the schema, sorted; None where it is not on this machine. An adapter may be without it."""

    def unmodelled(self, session: Any) -> list[tuple[str, str]]:
        """(kind, name) of objects that the catalog holds; those whose kind sqlx reads are left out by the caller."""

    def not_shown(self, session: Any) -> Mapping[str, str]:
        """Kinds of object of which the server keeps some or all from this account, as far as it has or may have any, each with the right that would
        show them. An adapter may be without it: then whoever may connect is shown everything."""

    def beside(self, session: Any) -> Any:
        """A second connection to the same place."""


@dataclass(frozen=True)
class Types:
    """Neutral types and a server's own, both ways.

    `exact` maps a neutral name to the native one; `sized` those with numbers in parentheses, where `{0}` and `{1}` stand for
    the numbers. `natives` spells a native type the neutral way where that says the same.
    """

    exact: Mapping[str, str] = field(default_factory=dict)
    sized: Mapping[str, str] = field(default_factory=dict)

    def lower(self, neutral: str) -> str:
        """The native spelling; anything that is not a neutral type stays as it is; `native(...)` says so."""
        text = neutral.strip()
        if text.lower().startswith("native(") and text.endswith(")"):
            return text[7:-1]
        found = self.exact.get(text.lower())
        if found is not None:
            return found
        head, _, rest = text.partition("(")
        numbers = [one.strip() for one in rest.rstrip(")").split(",")]
        pattern = self.sized.get(f"{head.strip().lower()}/{len(numbers)}")
        return pattern.format(*numbers) if pattern and rest and all(one.isdigit() for one in numbers) else text

    def raise_(self, native: str) -> str:
        """The neutral spelling, where lowering it gives this very type back; else `native(...)`."""
        rest = native.partition("(")[2]
        numbers = [one.strip() for one in rest.partition(")")[0].split(",")] if rest else []
        candidates = [name for name, one in self.exact.items() if one == native]
        for key, pattern in self.sized.items():
            name, _, count = key.partition("/")
            if numbers and int(count) == len(numbers) and pattern.format(*numbers) == native:
                candidates.append(f"{name}({', '.join(numbers)})")
        for one in candidates:
            if self.lower(one) == native:
                return one
        return f"native({native})"
