"""Which objects of a database are sqlx's business: globs over `schema.object`, as a target's `include` and `exclude` say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from kernel.core.node import Catalog, Node, NodeId
from kernel.kinds._spec import Kind
from kernel.planning.near import outermost


@dataclass(frozen=True)
class Selection:
    """An object is chosen if its outermost one is: a column goes with its table. `attended` are objects of the whole server, by name.

    What is not chosen is there all the same: chosen objects may need it, and may be needed by it. It stays as it is, whatever files say of it.
    """

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
        return catalog if self.everything else Catalog(node for node in catalog.nodes if self.has(node.id, catalog))

    def has(self, id: NodeId, catalog: Catalog) -> bool:
        """An object of this catalog is chosen."""
        return self.everything or self.holds(".".join(filter(None, outermost(catalog, id).path)))

    def beside(self, catalog: Catalog) -> tuple[Node, ...]:
        """The outermost objects that are not chosen."""
        return () if self.everything else tuple(node for node in catalog.children(None) if not self.has(node.id, catalog))

    def as_json(self) -> dict[str, tuple[str, ...]]:
        return {"include": self.include, "exclude": self.exclude, **({"attended": self.attended} if self.attended else {})}


def of_server(catalog: Catalog, kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """The names of the objects in it that belong to the whole server."""
    return tuple(sorted(node.name for name, kind in kinds.items() if kind.of_server for node in catalog.of(name)))
