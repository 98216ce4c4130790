"""Two marks that one index of a table may bear: rows are put in its order, and it names rows for servers that follow changes."""

from __future__ import annotations

from kernel.core.node import Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Attribute, Move, Sample, Scene

CLUSTERED = Attribute("clustered", "flag", "rows are put in its order when somebody asks for that", otherwise=False)
NAMES_ROWS = Attribute("replica_identity", "flag", "servers that follow changes know rows by it", otherwise=False)

MARKS = (CLUSTERED, NAMES_ROWS)

INDEX_COMMENT = Attribute("index_comment", "text", "what people should know about its index", otherwise="")
"""Of a constraint: its index can have a comment of its own."""


def made(node: Node, scene: Scene) -> tuple[str, ...]:
    """After CREATE: the marks that it bears."""
    said = (index_comment(node, scene),) if node.text("index_comment") else ()
    words = (("clustered", "CLUSTER ON"), ("replica_identity", "REPLICA IDENTITY USING INDEX"))
    return (*said, *(f"ALTER TABLE {scene.table(node)} {text} {scene.name(node.name)}" for name, text in words if node.flag(name)))


def index_comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON INDEX {scene.name(node.id.path[0], node.name)} IS {scene.q.literal(node.text('index_comment') or None)}"


def set_index_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_index_comment", (index_comment(after, scene),))


def mark_order(before: Node, after: Node, scene: Scene) -> Strategy:
    """An index loses the mark when another one gets it."""
    if after.flag("clustered"):
        return Strategy("mark_order", (f"ALTER TABLE {scene.table(after)} CLUSTER ON {scene.name(after.name)}",))
    others = [one for one in scene.goal.subtree(after.parent) if one.flag("clustered")] if after.parent else []
    return Strategy("mark_order", () if others else (f"ALTER TABLE {scene.table(after)} SET WITHOUT CLUSTER",))


def mark_names(before: Node, after: Node, scene: Scene) -> Strategy:
    """An index loses the mark when another one gets it, or when the table says something else."""
    if not after.flag("replica_identity"):
        return Strategy("mark_names", ())
    return Strategy("mark_names", (f"ALTER TABLE {scene.table(after)} REPLICA IDENTITY USING INDEX {scene.name(after.name)}",))


CHANGE: dict[str, tuple[Move, ...]] = {"clustered": (mark_order,), "replica_identity": (mark_names,)}
OF_CONSTRAINT: dict[str, tuple[Move, ...]] = {**CHANGE, "index_comment": (set_index_comment,)}


def stories(whole: tuple[Node, ...], subject: Node) -> tuple[Sample, ...]:
    """The rehearsals of both marks; `whole` are all objects, with the subject and its table among them."""
    def marked(**flags: bool) -> tuple[Node, ...]:
        return tuple(one.with_(**flags) if one.id == subject.id else _table(one, subject.parent, flags) for one in whole)
    return (Sample("change.clustered", marked(clustered=False), marked(clustered=True), subject.id),
            Sample("change.replica_identity", marked(replica_identity=False), marked(replica_identity=True), subject.id))


def index_story(whole: tuple[Node, ...], subject: Node) -> Sample:
    """The rehearsal of `set_index_comment`."""
    after = tuple(one.with_(index_comment="said") if one.id == subject.id else one for one in whole)
    return Sample("change.index_comment", whole, after, subject.id)


def _table(node: Node, table: NodeId | None, flags: dict[str, bool]) -> Node:
    return node.with_(replica_identity="index") if node.id == table and flags.get("replica_identity") else node
