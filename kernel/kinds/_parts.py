"""Indexes of partitions, as parts of an index of the whole table. The whole is made without its parts, then each part, which is then
attached; it is dropped with all of them. There is no way to take a part off again, so all of this is one step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds._inheritance import PARTITION, stays
from kernel.kinds._marks import made as marked
from kernel.kinds._spec import Scene

BESIDE = "CONCURRENTLY "
"""What an index is told to be built beside writers."""


def parts(whole: Node | NodeId, catalog: Catalog) -> Iterator[tuple[Node, Node]]:
    """Each part at any depth with what attaches it, those nearer to the whole first."""
    todo = [whole.id if isinstance(whole, Node) else whole]
    while todo:
        here = todo.pop(0)
        for link in catalog.dependants(here):
            if link.id.kind == "index_attachment" and link.parent and link.parent in catalog and link.parent != here:
                yield catalog[link.parent], link
                todo.append(link.parent)


def wholes(part: Node, catalog: Catalog) -> Iterable[Node]:
    """The indexes that this one is directly part of."""
    ids = (NodeId.parse(one.text("of")) for one in catalog.children(part.id, "index_attachment"))
    return [catalog[id] for id in ids if id in catalog]


def stands_alone(key: Node, catalog: Catalog) -> bool:
    """It is no part of an index of a whole table, and has no such parts."""
    return not (key.hints.get("only") or catalog.children(key.id, "index_attachment") or any(parts(key, catalog)))


def attached(part: Node, catalog: Catalog, scene: Scene) -> bool:
    """Its table is a partition already, and of the table that it is to be one of."""
    link = catalog.get(NodeId("inheritance", (*part.id.path[:2], PARTITION)))
    return link is not None and (stays(link, scene) or link.id not in scene.goal)


def comes_along(part: Node, scene: Scene) -> bool:
    """It is made together with its whole, or was by the step before."""
    return attached(part, scene.before, scene) and any(one.id not in scene.before or part.id in scene.before for one in wholes(part, scene.goal))


def goes_along(part: Node, scene: Scene) -> bool:
    """It goes with its whole, for good or to be made again."""
    return any(_goes(one, scene) for one in wholes(part, scene.before))


def _goes(whole: Node, scene: Scene) -> bool:
    later = scene.goal.get(whole.id)
    return later is None or any(whole.get(name) != later.get(name) for name in ("definition", "columns", "unique", "where", "method"))


def with_parts(made: Strategy, whole: Node, scene: Scene, beside: str = "") -> Strategy:
    """The statements for the whole, followed by those for its parts; where it is to be made again, they are too."""
    again = whole.id in scene.before
    listed = [(part, link) for part, link in parts(whole, scene.goal)
              if attached(part, scene.before, scene) and (again or link.id not in scene.before)]
    if not listed:
        return made
    texts = [text for part, link in listed
             for text in (*(create(part, scene, beside) if again or part.id not in scene.before else ()), attach(link, scene))]
    new = frozenset(one.id for pair in listed for one in pair if again or one.id not in scene.before)
    off = tuple(text for part, _ in listed for text in take_off(part, scene) if part.id not in scene.before) if beside else ()
    return replace(made, statements=(*made.statements, *texts), covers=made.covers | new, apart=bool(beside) or made.apart, sweep=(*off, *made.sweep))


def create(part: Node, scene: Scene, beside: str = "") -> tuple[str, ...]:
    """An index without those of partitions that are to be parts of it; with BESIDE, while writers write on, where it has rows of its own."""
    owner = scene.goal.get(part.parent) if part.parent else None
    only = "ONLY " if owner is not None and owner.text("partition_by") else ""
    index, name, where = part.id.kind == "index", scene.name(part.name), scene.table(part)
    if index:
        unique = "UNIQUE " if part.flag("unique") else ""
        texts: tuple[str, ...] = (f"CREATE {unique}INDEX {'' if only else beside}{name} ON {only}{where} {_definition(part, scene)}",)
    elif beside and not only:
        texts = _adopted(part, scene)
    else:
        texts = (f"ALTER TABLE {only}{where} ADD CONSTRAINT {name} {_definition(part, scene)}",)
    sort = "INDEX " + scene.name(part.id.path[0], part.name) if index else f"CONSTRAINT {name} ON {where}"
    said = (f"COMMENT ON {sort} IS {scene.q.literal(part.text('comment'))}",) if part.text("comment") else ()
    return (*texts, *said, *marked(part, scene))


WORDS = {"primary_key": "PRIMARY KEY", "unique": "UNIQUE"}
"""How a key is called in statements."""


def _adopted(key: Node, scene: Scene) -> tuple[str, str]:
    """The index of a key is built beside writers, and then becomes the constraint."""
    name, where = scene.name(key.name), scene.table(key)
    columns = ", ".join(scene.name(one.text("column")) for one in key.records("columns"))
    return (f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {where} ({columns})",
            f"ALTER TABLE {where} ADD CONSTRAINT {name} {WORDS[key.id.kind]} USING INDEX {name}")


def is_adoptable(key: Node, scene: Scene) -> bool:
    """Its index can be built first: it says nothing but the columns."""
    plain = f"{WORDS[key.id.kind]} ({', '.join(scene.name(one.text('column')) for one in key.records('columns'))})"
    return key.text("definition").replace('"', "") in ("", plain.replace('"', ""))


def take_off(part: Node, scene: Scene) -> tuple[str, ...]:
    """What takes an index away that is no part of a whole yet; one that is stays."""
    index = f"DROP INDEX IF EXISTS {scene.name(part.id.path[0], part.name)}"
    return (index,) if part.id.kind == "index" else (f"ALTER TABLE {scene.table(part)} DROP CONSTRAINT IF EXISTS {scene.name(part.name)}", index)


def _definition(part: Node, scene: Scene) -> str:
    """In the server's own words; where people only said the columns, these."""
    if part.text("definition"):
        return part.text("definition")
    words = f"{WORDS[part.id.kind]} " if part.id.kind in WORDS else f"USING {part.text('method')} " if part.text("method") else ""
    keys = (one.text("expression") or scene.name(one.text("column")) for one in part.records("columns"))
    downwards = (" DESC" if one.get("descending") else "" for one in part.records("columns"))
    where = f" WHERE {part.text('where')}" if part.text("where") else ""
    return f"{words}({', '.join(key + down for key, down in zip(keys, downwards, strict=True))}){where}"


def attach(link: Node, scene: Scene) -> str:
    schema, _, name = NodeId.parse(link.text("of")).path
    return f"ALTER INDEX {scene.name(schema, name)} ATTACH PARTITION {scene.name(link.id.path[0], link.id.path[2])}"


def called_anew(part: Node, scene: Scene) -> Strategy | None:
    """A whole has one part in each partition: where the one to come has another name only, it gets that name."""
    for whole in wholes(part, scene.before):
        if whole.id not in scene.goal or _goes(whole, scene) or not attached(part, scene.goal, scene):
            continue
        for next, link in parts(whole, scene.goal):
            if next.id.path[:2] == part.id.path[:2] and next.id not in scene.before and next.id.kind == part.id.kind:
                old, new = scene.name(part.name), scene.name(next.name)
                text = f"ALTER INDEX {scene.name(part.id.path[0], part.name)} RENAME TO {new}" if part.id.kind == "index" else (
                    f"ALTER TABLE {scene.table(part)} RENAME CONSTRAINT {old} TO {new}")
                below = {one.id for _, one in parts(next, scene.goal)}
                return Strategy("", (text,), covers=frozenset({next.id, link.id, *below}))
    return None


def without_parts(made: Strategy, whole: Node, scene: Scene) -> Strategy:
    """Dropping the whole drops its parts; an index asks to be told so where one of them is a constraint."""
    pairs = tuple(parts(whole, scene.before))
    if not pairs:
        return made
    told = " CASCADE" if whole.id.kind == "index" and any(part.id.kind != "index" for part, _ in pairs) else ""
    return replace(made, statements=(made.statements[0] + told,), covers=made.covers | {one.id for pair in pairs for one in pair})
