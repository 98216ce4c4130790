"""Which objects of a database are sqlx's business: globs over `schema.object`, as a target's `include` and `exclude` say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from kernel.core.node import Catalog, NodeId
from kernel.kinds._spec import Kind


@dataclass(frozen=True)
class Selection:
    """An object is chosen if its outermost one is: a column goes with its table. `attended` are objects of the whole server, by name."""

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    attended: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        return self.include == ("*",) and not self.exclude

    def holds(self, name: str) -> bool:
        """`schema.object`, or the object alone where there are no schemas."""
        return any(fnmatchcase(name, one) for one in self.include) and not any(fnmatchcase(name, one) for one in self.exclude)

    def of(self, catalog: Catalog) -> Catalog:
        return catalog if self.everything else Catalog(node for node in catalog.nodes if self.holds(_outermost(node.id, catalog)))

    def as_json(self) -> dict[str, tuple[str, ...]]:
        return {"include": self.include, "exclude": self.exclude, **({"attended": self.attended} if self.attended else {})}


def of_server(catalog: Catalog, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """The names of the objects in it that belong to the whole server."""
    return tuple(sorted(node.name for name, kind in kinds.items() if kind.of_server for node in catalog.of(name)))


def _outermost(id: NodeId, catalog: Catalog) -> str:
    while (parent := catalog[id].parent) is not None and parent in catalog:
        id = parent
    return ".".join(part for part in id.path if part)
