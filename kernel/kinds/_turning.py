"""A table whose rows are to be spread in another way: no server alters that, so a new table takes the rows over.

Nothing may stand on the table meanwhile. Columns that come are there from the start, for the rows may be spread by them; those that go stay
behind. Partitions that come are made and attached before the rows move in; those that are left behind go with the old table, and their
rows are in the new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _column_settings as column_settings
from kernel.kinds import _identity as identity
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _table_settings as table_settings
from kernel.kinds._catalogs import table_id
from kernel.kinds._column_text import clause, comments_apart
from kernel.kinds._ownership import made
from kernel.kinds._rehearsal import column
from kernel.kinds._relation import options_clause
from kernel.kinds._spec import Sample, Scene
from kernel.kinds.inheritance import bound_as_condition
from kernel.kinds.inheritance import node as link_node

ASIDE = "_sqlx_turned"


def turn(before: Node, after: Node, scene: Scene) -> Strategy:
    """The old table under another name, the new one with its partitions, the rows, and the old one dropped."""
    had = scene.before.children(before.id, "column")
    columns = tuple(one for one in had if one.id in scene.goal)
    there, wanted = (tuple(_links(before.id, catalog)) for catalog in (scene.before, scene.goal))
    new = [one for one in wanted if one.id not in scene.before or inheritance.table_of(one) == after.id]
    left = [one for one in there if one.parent not in scene.goal]
    kept = [one for one in there if one.parent in scene.goal and inheritance.table_of(one) == before.id]
    come = () if any(one.parent in scene.before for one in new) else tuple(
        one for one in scene.goal.children(after.id, "column") if one.id not in scene.before)
    now = frozenset(one.name for one in (*columns, *come))
    here, old = scene.table(after), scene.name(after.id.path[0], ASIDE)
    listed = scene.names(one.name for one in columns if not one.text("generated"))
    statements = (*(f"ALTER TABLE {here} DETACH PARTITION {scene.table(one)}" for one in kept), f"ALTER TABLE {here} RENAME TO {scene.name(ASIDE)}",
                  *_bare(after, (*map(_not_counting, columns), *come), scene), *(text for one in new for text in _attached(one, now, scene)),
                  f"INSERT INTO {here} {f'({listed}) ' if listed else ''}SELECT {listed} FROM {old}", f"DROP TABLE {old}",
                  *(text for one in columns if one.text("identity") for text in _counting(one, scene)))
    covers = {*(one.id for one in (*had, *come, *kept)), *(id for one in left for id in _ids(one, scene.before, frozenset(one.name for one in had))),
              *(id for one in new for id in _ids(one, scene.goal, now if one.parent not in scene.before else None))}
    return Strategy("turn", statements, attributes=tuple({*before.attributes, *after.attributes}), covers=frozenset(covers), alone=True)


def turn_into_partition(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The table becomes the one partition of a new one that gets its name. Its rows stay; that they belong there is looked at before."""
    link = _only_part(before, after, scene.before, scene.goal)
    condition = bound_as_condition(link, after) if link else ""
    if link is None or not condition:
        return None
    had = scene.before.children(before.id, "column")
    here, there, check = scene.table(after), scene.table(link), scene.name("_sqlx_bound")
    swap = (f"ALTER TABLE {here} RENAME TO {scene.name(link.id.path[1])}", *_bare(after, had, scene),
            f"ALTER TABLE {here} ATTACH PARTITION {there} {link.text('bound')}", f"ALTER TABLE {there} DROP CONSTRAINT {check}")
    statements = (f"ALTER TABLE {here} ADD CONSTRAINT {check} CHECK ({condition}) NOT VALID", f"ALTER TABLE {here} VALIDATE CONSTRAINT {check}",
                  ";\n".join(swap))
    return replace(_turned("turn_into_partition", before, after, link, statements, scene), apart=True,
                   sweep=(f"ALTER TABLE {here} DROP CONSTRAINT IF EXISTS {check}",))


def turn_out_of_partition(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The one partition takes the place of the table, with all of its rows."""
    link = _only_part(after, before, scene.goal, scene.before)
    if link is None:
        return None
    here, there = scene.table(before), scene.table(link)
    swap = (f"ALTER TABLE {here} DETACH PARTITION {there}", f"DROP TABLE {here}", f"ALTER TABLE {there} RENAME TO {scene.name(after.name)}")
    return _turned("turn_out_of_partition", before, after, link, (";\n".join(swap),), scene)


def _only_part(plain: Node, spread: Node, without: Catalog, catalog: Catalog) -> Node | None:
    """The link of the one partition, which is what the plain table is; None where there are others, or it is something else."""
    links = list(_links(spread.id, catalog))
    part = catalog.get(links[0].parent) if len(links) == 1 and links[0].parent and links[0].parent not in without else None
    if part is None or plain.text("partition_by") or plain.attributes != part.attributes:
        return None
    mine, *others = ({one.name: one.attributes for one in side.children(table.id, "column")}
                     for side, table in ((without, plain), (catalog, spread), (catalog, part)))
    counts = any(one.text("identity") or one.text("generated") for one in without.children(plain.id, "column"))
    return links[0] if not counts and all(its == mine for its in others) else None


def _turned(name: str, before: Node, after: Node, link: Node, statements: tuple[str, ...], scene: Scene) -> Strategy:
    """Nobody's rows move. The columns of the table and of its partition come and go with them."""
    side = scene.goal if link.id in scene.goal else scene.before
    had = scene.before.children(before.id, "column")
    return Strategy(name, statements, attributes=tuple({*before.attributes, *after.attributes}), alone=True,
                    covers=frozenset((*(one.id for one in had), *_ids(link, side, frozenset(one.name for one in had)))))


def _not_counting(column: Node) -> Node:
    """What counts begins when the rows are there."""
    return column.with_(identity="", identity_options=())


def _links(table: NodeId, catalog: Catalog) -> Iterable[Node]:
    """The links of the partitions below, those nearer to the table first."""
    for one in inheritance.below(table, catalog):
        yield from (link for link in catalog.children(one, "inheritance") if link.text("bound"))


def _ids(link: Node, catalog: Catalog, columns: frozenset[str] | None) -> Iterable[NodeId]:
    """A link, with its partition and these columns of that; None where it is there already."""
    yield link.id
    if link.parent and columns is not None:
        yield from (link.parent, *(one.id for one in catalog.children(link.parent, "column") if one.name in columns))


def _bare(table: Node, columns: Iterable[Node], scene: Scene) -> tuple[str, ...]:
    """The table with its columns and all that is said of them, and nothing that stands on it."""
    columns = tuple(columns)
    members = ",\n    ".join(clause(one, scene) for one in columns)
    spread = f" PARTITION BY {table.text('partition_by')}" if table.text("partition_by") else ""
    options = f" WITH ({options_clause(table)})" if table.names("options") else ""
    unlogged = "UNLOGGED " if table.flag("unlogged") else ""
    text = f"CREATE {unlogged}TABLE {scene.name(*table.id.path)} (\n    {members}\n){spread}{table_settings.using(table, scene)}{options}"
    said = scene.q.literal(table.text("comment") or None)
    comment = (f"COMMENT ON TABLE {scene.name(*table.id.path)} IS {said}",) if table.text("comment") else ()
    return (text, *made("TABLE", table, scene), *comment, *comments_apart(columns, scene), *column_settings.apart(columns, scene),
            *table_settings.apart(table, scene))


def _attached(link: Node, columns: frozenset[str], scene: Scene) -> tuple[str, ...]:
    """Of the columns those that the table has by now; others come to it and to the partition together."""
    part = scene.goal[link.parent] if link.parent else link
    there = part.id in scene.before
    made = () if there else _bare(part, (_not_counting(one) for one in scene.goal.children(part.id, "column") if one.name in columns), scene)
    above = scene.name(*inheritance.table_of(link).path)
    return (*made, f"ALTER TABLE {above} ATTACH PARTITION {scene.name(*part.id.path)} {link.text('bound')}")


def _counting(column: Node, scene: Scene) -> tuple[str, ...]:
    """It begins to count, from the greatest number that the rows have."""
    begin = identity.set_identity(column.with_(identity="", identity_options=(), default=None), column, scene)
    return begin.statements if begin else ()


def samples(schema: str) -> tuple[Sample, ...]:
    def whole(**attributes: Value) -> tuple[Node, ...]:
        return (Node(table_id(schema, "rehearsed"), dict(attributes)), column(schema, "id", type="integer"))
    plain, spread = whole(partition_by=""), whole(partition_by="RANGE (id)")
    link = link_node(schema, "part", inheritance.PARTITION, plain[0].id, "FOR VALUES FROM (0) TO (100)")
    parts = (Node(table_id(schema, "part"), {"partition_by": ""}), column(schema, "id", "part", type="integer"), link)
    return (Sample("change.partition_by", plain, (*spread, *parts), plain[0].id),
            Sample("change.partition_by", (*spread, *parts), plain, plain[0].id))
