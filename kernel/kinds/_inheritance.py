"""Tables above and below one another: partitions, and tables that take over the columns of others.

What a statement does to a table, the server mostly does to the tables below it too. So what stands there by inheritance is made, changed
and dropped together with what stands above, and its own strategies have nothing left to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import table_id
from kernel.kinds._spec import Scene

PARTITION = "partition"
"""The name of the link from a partition to its table."""

PARENTS = """(SELECT pg_catalog.array_agg(pn.nspname::text || chr(1) || p.relname::text ORDER BY h.inhseqno)
              FROM pg_catalog.pg_inherits AS h
              JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
             WHERE h.inhrelid = {oid})"""
"""Part of a catalog query: the tables above one, each as a text."""


def path(text: str) -> tuple[str, ...]:
    return tuple(text.split("\x01"))


def above(table: NodeId | None, catalog: Catalog) -> tuple[NodeId, ...]:
    """The tables that this one is a partition of, or takes columns from."""
    links = catalog.children(table, "inheritance") if table else ()
    return tuple(NodeId.parse("table:" + one.text("of")) for one in links)


def below(table: NodeId | None, catalog: Catalog) -> Iterator[NodeId]:
    """The tables below this one, at any depth, each once."""
    seen: set[NodeId] = set()
    todo = [table] if table else []
    while todo:
        for one in catalog.dependants(todo.pop()):
            if one.id.kind == "inheritance" and one.parent and one.parent not in seen and table_of(one) != one.parent and one.parent != table:
                seen.add(one.parent)
                todo.append(one.parent)
                yield one.parent


def table_of(link: Node) -> NodeId:
    return NodeId.parse("table:" + link.text("of"))


def is_spread(node: Node, scene: Scene) -> bool:
    """It belongs to a table whose rows lie in partitions."""
    owner = scene.after.get(node.parent) if node.parent else None
    return owner is not None and bool(owner.text("partition_by"))


def is_partition(table: NodeId | None, catalog: Catalog) -> bool:
    return any(one.text("bound") for one in (catalog.children(table, "inheritance") if table else ()))


def keys_repeat(node: Node, catalog: Catalog) -> bool:
    """Rows of the tables below are seen in the table as well, and its key does not tell them apart."""
    return any(not is_partition(one, catalog) for one in below(node.parent, catalog))


def models(node: Node, catalog: Catalog) -> tuple[Node, ...]:
    """What this object of a table stands below of: those of the same name in the tables above."""
    ids = (NodeId(node.id.kind, (*table.path, node.name)) for table in above(node.parent, catalog))
    return tuple(catalog[id] for id in ids if id in catalog)


def copies(node: Node, catalog: Catalog) -> tuple[Node, ...]:
    """Those that stand below this one."""
    ids = (NodeId(node.id.kind, (*table.path, node.name)) for table in below(node.parent, catalog))
    return tuple(catalog[id] for id in ids if id in catalog)


def copies_for_good(node: Node, scene: Scene) -> tuple[Node, ...]:
    """Those that stand below this one, in tables that stay below: what happens here happens to them."""
    leaving = {one.parent for one in copies(node, scene.before) for link in _chain(one.parent, scene.before) if not stays(link, scene)}
    return tuple(one for one in copies(node, scene.before) if one.parent not in leaving)


def _chain(table: NodeId | None, catalog: Catalog) -> Iterator[Node]:
    """The links from the table upwards, at any height."""
    for link in catalog.children(table, "inheritance") if table else ():
        yield link
        yield from _chain(table_of(link), catalog)


def called_alike(node: Node, catalog: Catalog) -> tuple[NodeId, ...]:
    """Those that get its new name together with it."""
    return tuple(one.id for one in copies(node, catalog))


def stays(link: Node, scene: Scene) -> bool:
    """The table stays below the other one: where it does not, that link goes before all else."""
    goal = scene.goal.get(link.id)
    return goal is not None and goal.attributes == link.attributes


def _still_above(table: NodeId | None, scene: Scene) -> tuple[NodeId, ...]:
    links = scene.before.children(table, "inheritance") if table else ()
    return tuple(table_of(one) for one in links if stays(one, scene))


def above_for_good(node: Node, scene: Scene) -> tuple[Node, ...]:
    """What it stands below of, in tables that it stays below of: what happens there happens to it."""
    ids = (NodeId(node.id.kind, (*table.path, node.name)) for table in _still_above(node.parent, scene))
    return tuple(scene.before[id] for id in ids if id in scene.before)


def comes_along(node: Node, scene: Scene) -> tuple[Node, ...]:
    """What it comes with: its table is already below one that gets the same, or the step before has made it."""
    ids = (NodeId(node.id.kind, (*table.path, node.name)) for table in _still_above(node.parent, scene))
    found = tuple(scene.goal[id] for id in ids if id in scene.goal and (id not in scene.before or node.id in scene.before))
    return found if node.id in scene.goal else ()


def brought(node: Node, scene: Scene) -> tuple[Node, ...]:
    """What comes below with it: the same in tables that are already there and have it not, or have it to be made again."""
    tables = set(below(node.parent, scene.before)) & set(below(node.parent, scene.goal))
    ids = [NodeId(node.id.kind, (*table.path, node.name)) for table in sorted(tables)]
    again = node.id in scene.before
    return tuple(scene.goal[id] for id in ids if id in scene.goal and (again or id not in scene.before))


def goes_along(node: Node, scene: Scene) -> bool:
    """It goes with one above that goes, for good or to be made again."""
    ids = (NodeId(node.id.kind, (*table.path, node.name)) for table in _still_above(node.parent, scene))
    return any(_goes(scene.before[id], scene) for id in ids if id in scene.before)


def _goes(node: Node, scene: Scene) -> bool:
    later = scene.goal.get(node.id)
    return later is None or any(node.get(name) != later.get(name) for name in _LASTING)


_LASTING = ("definition", "expression", "columns", "unique", "where", "method")
"""What is never changed in place."""


def nothing(name: str, attributes: tuple[str, ...] = ()) -> Strategy:
    """There is nothing left to do."""
    return Strategy(name, (), attributes=attributes)


def only(node: Node | NodeId, scene: Scene) -> str:
    """ONLY where tables below would be changed as well."""
    table = table_id(*(node.id if isinstance(node, Node) else node).path[:2])
    return "ONLY " if any(True for catalog in (scene.before, scene.after) for _ in below(table, catalog)) else ""


def going_with(node: Node, scene: Scene) -> tuple[Node, ...]:
    """Those that stand below this one and go with it. What stands below several that go does so with the last of them."""
    return tuple(one for one in copies_for_good(node, scene) if max(_uppermost(one, scene), default=node.id) <= node.id)


def _uppermost(node: Node, scene: Scene) -> Iterator[NodeId]:
    """What goes above it, and goes with nothing else."""
    for one in above_for_good(node, scene):
        if _goes(one, scene):
            yield from _uppermost(one, scene) if goes_along(one, scene) else (one.id,)


def left_below(node: Node, scene: Scene) -> Iterable[NodeId]:
    """Tables below that keep, as an object of their own, what is dropped above, although it is not desired there."""
    found = [one.parent for one in going_with(node, scene) if one.id not in scene.goal and one.parent]
    return [table for table in found if table in scene.goal and not is_partition(table, scene.before)]


RESTATED = "restated"
"""The kind of what a table states itself, although a table above has it too."""


def restated_id(sort: str, path: tuple[str, ...]) -> NodeId:
    """That of a column, a check, or the `not_null` of a column."""
    return NodeId(RESTATED, (*path, sort))


def is_restated(node: Node, catalog: Catalog) -> bool:
    return restated_id(node.id.kind, node.id.path) in catalog


def restated(parts: Iterable[Node], scene: Scene) -> frozenset[NodeId]:
    """What is restated of these columns and checks, before or after: it comes and goes along with what they are the likeness of."""
    return frozenset(one.id for part in parts for catalog in (scene.before, scene.after) for one in catalog.children(part.id, RESTATED))


def alike(link: Node, catalog: Catalog) -> list[Node]:
    """Columns and checks of a table that the other end of its link has as well."""
    above = table_of(link).path
    return [one for one in catalog.children(link.parent) if one.id.kind in ("column", "check") and NodeId(one.id.kind, (*above, one.name)) in catalog]


def not_restated(parts: Iterable[Node], scene: Scene) -> tuple[str, ...]:
    """Columns and checks of tables that stand below others now are to be taken over alone: servers take them for restated."""
    listed = tuple(parts)
    found: list[str] = []
    for table in sorted({one.parent for one in listed if one.parent}):
        here = [one for one in listed if one.parent == table]
        said = {sort: tuple(one.name for one in here if one.id.kind == sort and not is_restated(one, scene.goal)) for sort in ("column", "check")}
        said["not_null"] = tuple(one.name for one in here if one.name in said["column"] and not one.get("nullable", True)
                                 and restated_id("not_null", one.id.path) not in scene.goal)
        found.extend(put(table, said, False, scene))
    return tuple(found)


def put(table: NodeId, names: Mapping[str, Iterable[str]], stated: bool, scene: Scene) -> tuple[str, ...]:
    """Say in the catalog what a table states itself of that which tables above have as well, by sort and name."""
    here, truth = f"{scene.q.literal(scene.name(*table.path))}::pg_catalog.regclass", "true" if stated else "false"
    columns, checks, bound = (", ".join(map(scene.q.literal, names.get(sort, ()))) for sort in ("column", "check", "not_null"))
    numbers = f"SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = {here} AND attname IN ({bound})"
    which = [f"contype = 'c' AND conname IN ({checks})" if checks else "", f"contype = 'n' AND conkey[1] IN ({numbers})" if bound else ""]
    local = f"UPDATE pg_catalog.pg_attribute SET attislocal = {truth} WHERE attrelid = {here} AND attinhcount > 0 AND attname IN ({columns})"
    own = f"UPDATE pg_catalog.pg_constraint SET conislocal = {truth} WHERE conrelid = {here} AND coninhcount > 0 AND "
    return (*((local,) if columns else ()), *(own + one for one in which if one))
