"""What a rule is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kernel.core.finding import Finding
from kernel.core.node import Node, NodeId


@dataclass(frozen=True)
class Placed:
    """An object that a file declares, and where."""

    node: Node
    at: str


@dataclass(frozen=True)
class Schema:
    """All that the files declare. `whole` is False where more may be declared elsewhere, or in SQL, which is not read here, or where a target
    leaves out what the database has."""

    objects: tuple[Placed, ...]
    whole: bool = True

    def of(self, kind: str) -> Iterator[Placed]:
        return (one for one in self.objects if one.node.id.kind == kind)

    def ids(self) -> frozenset[NodeId]:
        return frozenset(one.node.id for one in self.objects)


@dataclass(frozen=True)
class Rule:
    """One rule: `condition` and `effect` say when it speaks and what would happen; `remedy` what to do. `bad` and `good` are YAML."""

    name: str
    condition: str
    effect: str
    remedy: str
    bad: str
    good: str
    find: Callable[[Schema], Iterable[tuple[str, str]]]
    severity: str = "warning"

    def findings(self, schema: Schema) -> Iterator[Finding]:
        for at, says in self.find(schema):
            yield Finding(self.name, at, says, self.remedy, self.severity)
