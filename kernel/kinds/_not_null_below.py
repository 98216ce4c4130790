"""Columns that are to hold no nulls although nobody looked at all of their rows, and the tables below: these have the constraint from there.

What a table below has of it is seen on its column alone, unless it states it itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kernel.core.node import Catalog, Node, NodeId
from kernel.kinds import _inheritance as inheritance
from kernel.kinds._catalogs import table_id
from kernel.kinds._spec import Scene


def called(node: Node, scene: Scene) -> str:
    return scene.name(node.hint("constraint") or "_".join((*node.id.path[-2:], "not_null")))


def own(column: NodeId, catalog: Catalog) -> Node | None:
    """What there is to say of the column's constraint."""
    return catalog.get(NodeId("not_null", column.path))


def pending(column: Node, catalog: Catalog) -> Iterator[Node]:
    """The constraints above that the column has as well, and that are not valid yet."""
    for model in inheritance.models(column, catalog):
        said = own(model.id, catalog)
        if said is not None and said.get("inherit", True) and not said.get("valid", True):
            yield said
        yield from pending(model, catalog)


def _taken(link: Node, tables: Catalog, scene: Scene) -> Iterator[tuple[Node, Node]]:
    """Columns of the table that have such a constraint by this link alone, each with the one above."""
    whole = inheritance.table_of(link)
    for column in tables.children(link.parent, "column"):
        model = scene.before.get(NodeId("column", (*whole.path, column.name)))
        if model is not None and column.get("nullable", True) and own(column.id, tables) is None:
            above = [one for one in (own(model.id, scene.before),) if one is not None and one.get("inherit", True) and not one.get("valid", True)]
            yield from ((column, one) for one in (*above, *pending(model, scene.before))[:1])


def before_attaching(link: Node, scene: Scene) -> tuple[str, ...]:
    """A table comes below another one only if it has the constraint already."""
    table = scene.table(link)
    return tuple(f"ALTER TABLE {table} ADD CONSTRAINT {called(one, scene)} NOT NULL {scene.name(column.name)} NOT VALID"
                 for column, one in _taken(link, scene.before, scene))


def after_attaching(link: Node, scene: Scene) -> tuple[str, ...]:
    """It is not the table's own then."""
    names = tuple(column.name for column, _ in _taken(link, scene.before, scene))
    return inheritance.put(table_id(*link.id.path[:2]), {"not_null": names}, False, scene) if names else ()


def after_detaching(link: Node, scene: Scene) -> tuple[str, ...]:
    """It would be the table's own from then on."""
    return tuple(f"ALTER TABLE {scene.table(link)} ALTER COLUMN {scene.name(column.name)} DROP NOT NULL"
                 for column, _ in _taken(link, scene.before, scene) if own(column.id, scene.goal) is None)


def detached(link: Node, scene: Scene) -> frozenset[NodeId]:
    """Those that are the table's own from then on, as they are to be."""
    found = (own(column.id, scene.goal) for column, _ in _taken(link, scene.before, scene))
    return frozenset(one.id for one in found if one is not None and not one.text("comment"))


def below(node: Node, catalog: Catalog) -> list[Node]:
    """Columns of the tables below that have the constraint too."""
    ids = (NodeId("column", (*table.path, node.name)) for table in inheritance.below(table_id(*node.id.path[:2]), catalog))
    return [catalog[id] for id in ids if id in catalog]


def restated(node: Node, scene: Scene) -> frozenset[NodeId]:
    """What tables below state themselves beside it comes and goes along with it: it is just theirs where there is none above."""
    ids = [inheritance.restated_id("not_null", one.id.path) for side in (scene.before, scene.goal) for one in below(node, side)]
    return frozenset(id for id in ids if (id in scene.before) != (id in scene.goal))


def not_yet_restated(columns: Iterable[Node], scene: Scene) -> frozenset[NodeId]:
    """What the columns of a new table state is just theirs until there is one above."""
    return frozenset(inheritance.restated_id("not_null", one.id.path) for one in columns
                     if any(above.id not in scene.before for above in pending(one, scene.after)))


def not_restated(node: Node, scene: Scene) -> tuple[str, ...]:
    """Tables below have it from above alone, unless they are to state it."""
    found = [one for one in below(node, scene.before) if not one.get("nullable", True) and not inheritance.is_partition(one.parent, scene.before)
             and one.id in scene.goal and inheritance.restated_id("not_null", one.id.path) not in scene.goal]
    return tuple(text for one in found for text in inheritance.put(table_id(*one.id.path[:2]), {"not_null": (one.name,)}, False, scene))


def kept_below(node: Node, scene: Scene) -> tuple[str, ...]:
    """Tables below that had it from above, valid, and are to go on without nulls."""
    found = [one for one in below(node, scene.before) if not one.get("nullable", True) and not scene.goal.get(one.id, one).get("nullable", True)
             and one.id in scene.goal and inheritance.restated_id("not_null", one.id.path) not in scene.before]
    return tuple(f"ALTER TABLE {scene.table(one)} ALTER COLUMN {scene.name(one.name)} SET NOT NULL" for one in found)


def comment(node: Node, said: str | None, scene: Scene) -> str:
    """Whatever the constraint of the column is called; a name that is to be said with the comment it gets, unless it has its name from above."""
    q, table = scene.q, scene.table(node)
    its_own = ("SELECT c.conname, c.coninhcount > 0 AS above FROM pg_catalog.pg_constraint AS c JOIN pg_catalog.pg_attribute AS a"
               f" ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'n'"
               f" AND c.conrelid = {q.literal(table)}::pg_catalog.regclass AND a.attname = {q.literal(node.name)}")
    body = f"DECLARE its record; BEGIN {its_own} INTO its; "
    if said is not None and (name := node.hint("constraint")):
        rename = f"pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', {q.literal(table)}, its.conname, {q.literal(name)})"
        body += f"IF NOT its.above AND its.conname <> {q.literal(name)} THEN EXECUTE {rename}; its.conname := {q.literal(name)}; END IF; "
    body += f"EXECUTE pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L', its.conname, {q.literal(table)}, {q.literal(said)}); END"
    return f"DO {q.literal(body)}"
