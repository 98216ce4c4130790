"""A strategy: one way of making a delta true, as an ordered list of statements. Data, so that it can be signed and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.core.node import NodeId


@dataclass(frozen=True)
class Check:
    """Rows that would make a strategy fail: a query that counts them, and one for a few of them, told by these columns ("" for none).

    `unless` is a capability: a server that was seen to have it finds a way with such rows by itself. `trial` is for servers that do not know the
    words of `count`: a query that they refuse where there is such a row. `what`: what is counted, if it is no row of a table of people's.
    """

    count: str
    sample: str = ""
    columns: tuple[NodeId, ...] = ()
    unless: str = ""
    trial: str = ""
    what: str = "row"

    @property
    def rows(self) -> str:
        """A query for all of them."""
        return self.count.replace("count(*)", "*", 1)

    def as_json(self) -> dict[str, Any]:
        told = {"sample": self.sample, "columns": [one.as_json() for one in self.columns]} if self.sample else {}
        return {"count": self.count, **told, **({"trial": self.trial} if self.trial else {}),
                **({"what": self.what} if self.what != "row" else {})}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Check:
        columns = tuple(NodeId.from_json(one) for one in data.get("columns", ()))
        return cls(data["count"], data.get("sample", ""), columns, trial=data.get("trial", ""), what=data.get("what", "row"))


PIECE = "/* piece by piece */"
"""Where the condition of one piece goes in a statement that runs over the rows a few at a time."""


TOGETHER = ";\n/* in the same transaction */\n"
"""Between the parts of a statement that are done all at once or not at all, where a server takes one part at a time."""

SAYS = "/* the statement that it says */ "
"""At the head of a query whose one value is the statement to run: only the server knows it, at that very moment."""


@dataclass(frozen=True)
class Pieces:
    """A statement of a strategy that runs over the rows of a table a few at a time, each time in a transaction of its own.

    `at` is its place; what comes behind the last one is of the `sweep`. Its text holds PIECE; as it stands it is about all rows. `table` and
    `key`, the columns by which rows are told apart and taken in turn, are quoted. A piece that runs again does nothing. `ends`: rows that
    come behind the greatest key of the beginning need no piece, since something keeps them in step.
    """

    at: int
    table: str
    key: tuple[str, ...]
    ends: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"at": self.at, "table": self.table, "key": list(self.key), **({"ends": True} if self.ends else {})}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Pieces:
        return cls(data["at"], data["table"], tuple(data["key"]), data.get("ends", False))


@dataclass(frozen=True)
class Strategy:
    """Statements in order, and what a planner must know of them.

    `settings` are session settings made before the transaction, `resets` put them back. `covers` are the other objects that
    these statements make true as well (the columns of a created table). `attributes` are those of a change that it makes true;
    empty means the one that it was asked for. `whole` names a table whose every change is made in the same go (a rebuild).
    `needs` are capabilities that must be granted as well. `loses` says in words what it cannot bring back. `apart`: its statements
    want a transaction each, or the strong lock of the first would be held through the reading of the next. `checks` find
    the rows that would make it fail. `alone`: nothing may stand on its subject meanwhile, so what does is made again.

    `pieces` are those of its statements that run a few rows at a time. `patient` are those that must not be cut short while they wait, for
    they would leave something behind: `debris` says what removes that, by the statement. `sweep` removes what a run that was cut off has left; where
    nothing was, it does nothing. `over` are tables whose rows it has to do with although neither its subject nor what it covers belongs to them.
    """

    name: str
    statements: tuple[str, ...]
    settings: tuple[str, ...] = ()
    resets: tuple[str, ...] = ()
    covers: frozenset[NodeId] = frozenset()
    attributes: tuple[str, ...] = ()
    whole: NodeId | None = None
    needs: tuple[str, ...] = ()
    loses: str = ""
    checks: tuple[Check, ...] = ()
    apart: bool = False
    alone: bool = False
    pieces: tuple[Pieces, ...] = ()
    patient: tuple[int, ...] = ()
    debris: tuple[tuple[int, str], ...] = ()
    sweep: tuple[str, ...] = ()
    over: frozenset[NodeId] = frozenset()

    def in_pieces(self, at: int) -> Pieces | None:
        """How the statement there runs a few rows at a time, if it does."""
        return next((one for one in self.pieces if one.at == at), None)

    def as_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"name": self.name, "statements": list(self.statements)}
        if self.settings:
            data["settings"] = list(self.settings)
        if self.resets:
            data["resets"] = list(self.resets)
        if self.loses:
            data["loses"] = self.loses
        if self.checks:
            data["checks"] = [one.as_json() for one in self.checks]
        if self.apart:
            data["apart"] = True
        if self.pieces:
            data["pieces"] = [one.as_json() for one in self.pieces]
        if self.patient:
            data["patient"] = list(self.patient)
        if self.debris:
            data["debris"] = [list(one) for one in self.debris]
        if self.sweep:
            data["sweep"] = list(self.sweep)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Strategy:
        return cls(data["name"], tuple(data["statements"]), tuple(data.get("settings", ())), tuple(data.get("resets", ())),
                   loses=data.get("loses", ""), checks=tuple(map(Check.from_json, data.get("checks", ()))), apart=data.get("apart", False),
                   pieces=tuple(map(Pieces.from_json, data.get("pieces", ()))), patient=tuple(data.get("patient", ())),
                   debris=tuple((at, text) for at, text in data.get("debris", ())), sweep=tuple(data.get("sweep", ())))


@dataclass(frozen=True)
class PassedOver:
    """A strategy that was not taken, and why: the server's own words, or the cost."""

    name: str
    why: str


@dataclass(frozen=True)
class Choice:
    """The strategy taken for a delta, the capability that grants it, and the ones passed over."""

    strategy: Strategy
    capability: str
    passed_over: tuple[PassedOver, ...] = ()
    why: str = ""
