"""Foreign keys that a partition has from its table, or that point at it: the former come when it is attached, and stay when it is detached; the
latter let it go when it is detached, and do not let it be dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Check
from kernel.kinds import _offenders as offenders
from kernel.kinds._constraints import comment_statement
from kernel.kinds._inheritance import above, is_partition, table_of
from kernel.kinds._spec import Scene


def _keys(link: Node, catalog: Catalog, others: Catalog) -> Iterable[Node]:
    """The keys of the partition that are like those of its table."""
    definitions = {one.get("definition") for one in others.children(table_of(link), "foreign_key")}
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


def let_go(table: Node, scene: Scene) -> tuple[tuple[str, ...], tuple[Check, ...]]:
    """What takes a partition off that goes while keys point at its whole, and the rows that still point at its own."""
    keys = tuple(_pointers(table.id, scene.before))
    if not keys:
        return (), ()
    whole = scene.name(*above(table.id, scene.before)[0].path)
    return (f"ALTER TABLE {whole} DETACH PARTITION {scene.table(table)}",), tuple(_held(one, table, scene) for one in keys)


def _pointers(table: NodeId, catalog: Catalog) -> Iterator[Node]:
    """Those that point at a table which this one is a partition of, without those that partitions have from their tables."""
    for whole in above(table, catalog) if is_partition(table, catalog) else ():
        yield from (one for one in catalog.dependants(whole) if one.id.kind == "foreign_key" and one.hints.get("target") == whole.path
                    and not any(need.kind == "foreign_key" for need in one.depends_on))
        yield from _pointers(whole, catalog)


def _held(key: Node, table: Node, scene: Scene) -> Check:
    columns = key.names("columns")
    same = " AND ".join(f"p.{scene.name(there)} = c.{scene.name(here)}" for here, there in zip(columns, key.names("references"), strict=True))
    return offenders.rows(key, f"EXISTS (SELECT 1 FROM {scene.table(table)} AS p WHERE {same})", scene, "c", columns)
