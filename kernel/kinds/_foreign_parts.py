"""Foreign keys that a partition has from its table: they come when it is attached, and stay when it is detached."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Catalog, Node, NodeId
from kernel.kinds._constraints import comment_statement
from kernel.kinds._inheritance import table_of
from kernel.kinds._spec import Scene


def _keys(link: Node, catalog: Catalog, above: Catalog) -> Iterable[Node]:
    """The keys of the partition that are like those of its table."""
    definitions = {one.get("definition") for one in above.children(table_of(link), "foreign_key")}
    return [one for one in catalog.children(link.parent, "foreign_key") if one.get("definition") in definitions]


def copied(link: Node, scene: Scene) -> frozenset[NodeId]:
    """Those that attaching makes."""
    return frozenset(one.id for one in _keys(link, scene.goal, scene.goal) if one.id not in scene.before)


def left(link: Node, scene: Scene) -> tuple[Node, ...]:
    """Those that detaching leaves and nobody wants."""
    return tuple(one for one in _keys(link, scene.before, scene.before) if one.id not in scene.goal)


def said_of(keys: Iterable[Node], scene: Scene) -> tuple[str, ...]:
    """The comments of keys that come by themselves."""
    return tuple(comment_statement(one, scene) for one in keys if one.text("comment"))
