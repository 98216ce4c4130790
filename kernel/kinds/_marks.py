"""Two marks that one index of a table may bear: rows are put in its order, and it names rows for servers that follow changes."""

from __future__ import annotations

from dataclasses import replace

from kernel.core.node import Node
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Attribute, Move, Sample, Scene

CLUSTERED = Attribute("clustered", "flag", "rows are put in its order when somebody asks for that", otherwise=False)
NAMES_ROWS = Attribute("replica_identity", "flag", "servers that follow changes know rows by it", otherwise=False)

MARKS = (CLUSTERED, NAMES_ROWS)

INDEX_COMMENT = Attribute("index_comment", "text", "what people should know about its index", otherwise="")
"""Of a constraint: its index can have a comment of its own."""


SAMPLED = Attribute("statistics", "names", "`1=500`: how thoroughly the values of a key that is computed are sampled", otherwise=())

SAMPLED_KEYS = """(SELECT pg_catalog.array_agg(ia.attnum || '=' || ia.attstattarget ORDER BY ia.attnum)
              FROM pg_catalog.pg_attribute AS ia WHERE ia.attrelid = c.oid AND ia.attstattarget >= 0)"""
"""Part of a catalog query: `c` is the pg_class of an index."""


def made(node: Node, scene: Scene) -> tuple[str, ...]:
    """After CREATE: the marks that it bears."""
    said: tuple[str, ...] = (index_comment(node, scene),) if node.text("index_comment") else ()
    said += tuple(_sampled(one, node, scene) for one in node.names("statistics"))
    words = (("clustered", "CLUSTER ON"), ("replica_identity", "REPLICA IDENTITY USING INDEX"))
    return (*said, *(f"ALTER TABLE {scene.table(node)} {text} {scene.name(node.name)}" for name, text in words if node.flag(name)))


def index_comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON INDEX {scene.name(node.id.path[0], node.name)} IS {scene.q.literal(node.text('index_comment') or None)}"


def set_index_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_index_comment", (index_comment(after, scene),))


def _sampled(said: str, node: Node, scene: Scene) -> str:
    number, _, target = said.partition("=")
    return f"ALTER INDEX {scene.name(node.id.path[0], node.name)} ALTER COLUMN {number} SET STATISTICS {target}"


def sample_keys(before: Node, after: Node, scene: Scene) -> Strategy:
    now = {one.partition("=")[0] for one in after.names("statistics")}
    gone = [f"{number}=-1" for number in (one.partition("=")[0] for one in before.names("statistics")) if number not in now]
    return Strategy("sample_keys", tuple(_sampled(one, after, scene) for one in (*gone, *after.names("statistics"))))


def mark_order(before: Node, after: Node, scene: Scene) -> Strategy:
    """One index of a table has the mark at a time."""
    now = after if after.flag("clustered") else _bearer("clustered", after, scene)
    return Strategy("mark_order", (f"ALTER TABLE {scene.table(after)} {f'CLUSTER ON {scene.name(now.name)}' if now else 'SET WITHOUT CLUSTER'}",))


def mark_names(before: Node, after: Node, scene: Scene) -> Strategy:
    """One index of a table has the mark at a time; where none has, rows are known as the table says."""
    now = after if after.flag("replica_identity") else _bearer("replica_identity", after, scene)
    return Strategy("mark_names", (_names_rows(now, after, scene),))


def unmarked(drop: Strategy, node: Node, scene: Scene) -> Strategy:
    """Before it is dropped: the table would go on as if it still had an index that rows are known by."""
    if not node.flag("replica_identity") or node.parent not in scene.goal:
        return drop
    return replace(drop, statements=(_names_rows(_bearer("replica_identity", node, scene), node, scene), *drop.statements))


def _names_rows(index: Node | None, node: Node, scene: Scene) -> str:
    table = scene.goal.get(node.parent) if node.parent else None
    otherwise = (table.text("replica_identity") if table else "").upper() or "DEFAULT"
    return f"ALTER TABLE {scene.table(node)} REPLICA IDENTITY {f'USING INDEX {scene.name(index.name)}' if index else otherwise}"


def _bearer(mark: str, node: Node, scene: Scene) -> Node | None:
    """Another index of the table that is there and is to bear the mark."""
    below = scene.goal.subtree(node.parent) if node.parent else ()
    return next((one for one in below if one.id != node.id and one.id in scene.before and one.id != node.parent and one.flag(mark)), None)


CHANGE: dict[str, tuple[Move, ...]] = {"clustered": (mark_order,), "replica_identity": (mark_names,)}
OF_CONSTRAINT: dict[str, tuple[Move, ...]] = {**CHANGE, "index_comment": (set_index_comment,)}


def stories(whole: tuple[Node, ...], subject: Node) -> tuple[Sample, ...]:
    """The rehearsals of both marks; `whole` are all objects, with the subject among them."""
    def marked(**flags: bool) -> tuple[Node, ...]:
        return tuple(one.with_(**flags) if one.id == subject.id else one for one in whole)
    return (Sample("change.clustered", marked(clustered=False), marked(clustered=True), subject.id),
            Sample("change.replica_identity", marked(replica_identity=False), marked(replica_identity=True), subject.id))


def index_story(whole: tuple[Node, ...], subject: Node) -> Sample:
    """The rehearsal of `set_index_comment`."""
    after = tuple(one.with_(index_comment="said") if one.id == subject.id else one for one in whole)
    return Sample("change.index_comment", whole, after, subject.id)
