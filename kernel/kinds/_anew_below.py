"""What a server makes anew in the tables below when a column gets another type: checks, foreign keys and parts of indexes that come from above.

They come like those above, under names of the server's choice, and without what was said of them. So that is said again.
"""

from __future__ import annotations

from collections.abc import Iterator

from kernel.core.node import Node, NodeId
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _marks as marks
from kernel.kinds._catalogs import table_id
from kernel.kinds._index_storage import unlike
from kernel.kinds._spec import Scene

_ENDS = {"primary_key": "pkey", "unique": "key", "exclusion_constraint": "excl", "index": "idx"}
_LONGEST = 63
_ASIDE = "_sqlx_part_"


def said_again(column: Node, scene: Scene) -> tuple[str, ...]:
    """What names, comments and marks those had that stand on its likenesses below, or point at it."""
    below = [one.id for one in inheritance.copies(column, scene.before)]
    pointing = {user.id for id in (column.id, *below) for user in scene.before.dependants(table_id(*id.path[:2]))
                if user.id.kind == "foreign_key" and user.parent != column.parent and id.name in user.names("references")}
    found = sorted({user.id for id in below for user in scene.before.dependants(id)} | pointing)
    users = [scene.before[id] for id in found if id.kind in _ENDS or id.kind in ("check", "foreign_key")]
    parts = [one for one in users if scene.before.children(one.id, "index_attachment")]
    copied = [one for one in users if one.id.kind in ("check", "foreign_key") and _is_from_above(one, scene)]
    options = (text for one in parts for text in unlike(scene.before.get(_whole(one, scene)), one, scene))
    return (*_names(parts, scene), *options, *(text for one in (*copied, *parts) for text in _said(one, scene)))


def _is_from_above(node: Node, scene: Scene) -> bool:
    if node.id.kind == "check":
        return bool(inheritance.models(node, scene.before))
    above = (key for table in inheritance.above(node.parent, scene.before) for key in scene.before.children(table, "foreign_key"))
    return inheritance.is_partition(node.parent, scene.before) and any(key.get("definition") == node.get("definition") for key in above)


def _said(node: Node, scene: Scene) -> Iterator[str]:
    if node.text("comment"):
        index, constraint = f"INDEX {scene.name(node.id.path[0], node.name)}", f"CONSTRAINT {scene.name(node.name)} ON {scene.table(node)}"
        yield f"COMMENT ON {index if node.id.kind == 'index' else constraint} IS {scene.q.literal(node.text('comment'))}"
    yield from marks.made(node, scene)


def _names(parts: list[Node], scene: Scene) -> Iterator[str]:
    """Each is found as the part of its whole in its table, those of wholes first. All get names aside first: one may have that of another now."""
    if all(_is_called_as_always(one) for one in parts):
        return
    called = {one.id: f"{_ASIDE}{number}" for number, one in enumerate(parts, 1)}
    for part in sorted(parts, key=lambda one: (_depth(one, scene), one.id)):
        whole = _whole(part, scene)
        above = scene.q.literal(scene.name(whole.path[0], called.get(whole, whole.path[2])))
        table = scene.q.literal(scene.table(part))
        rename = scene.q.literal(f" RENAME TO {scene.name(called[part.id])}")
        index = ("SELECT h.inhrelid::pg_catalog.regclass FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_index AS i ON i.indexrelid = h.inhrelid"
                 f" WHERE h.inhparent = {above}::pg_catalog.regclass AND i.indrelid = {table}::pg_catalog.regclass")
        body = f"BEGIN EXECUTE 'ALTER INDEX ' || ({index}) || {rename}; END"
        yield f"DO {scene.q.literal(body)}"
    for part in parts:
        yield f"ALTER INDEX {scene.name(part.id.path[0], called[part.id])} RENAME TO {scene.name(part.name)}"


def _whole(part: Node, scene: Scene) -> NodeId:
    return NodeId.parse(scene.before.children(part.id, "index_attachment")[0].text("of"))


def _depth(part: Node, scene: Scene) -> int:
    whole = scene.before.get(_whole(part, scene))
    return 1 + (_depth(whole, scene) if whole is not None and scene.before.children(whole.id, "index_attachment") else 0)


def _is_called_as_always(part: Node) -> bool:
    """The name is the one that such an index gets where nobody says another, and no second one of its sort has made the server count."""
    columns = [one.text("column") for one in part.records("columns")] if part.id.kind != "primary_key" else []
    usual = "_".join((part.id.path[1], *columns, _ENDS[part.id.kind]))
    return all(columns) and part.name == usual and len(usual.encode()) <= _LONGEST
