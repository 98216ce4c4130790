"""What people should know about an object: COMMENT ON, for kinds whose comments are statements of their own."""

from __future__ import annotations

from collections.abc import Callable

from kernel.core.node import Node
from kernel.core.strategy import Strategy
from kernel.kinds._ownership import by_path
from kernel.kinds._spec import Attribute, Move, Sample, Scene

COMMENT = Attribute("comment", "text", "what people should know about it", otherwise="")

Named = Callable[[Node, Scene], str]


def statement(what: str, node: Node, scene: Scene, named: Named = by_path) -> str:
    return f"COMMENT ON {what} {named(node, scene)} IS {scene.q.literal(node.text('comment') or None)}"


def said(what: str, node: Node, scene: Scene, named: Named = by_path) -> tuple[str, ...]:
    """After CREATE: the comment, if there is one."""
    return (statement(what, node, scene, named),) if node.text("comment") else ()


def set_comment(what: str, named: Named = by_path) -> Move:
    """For `change={"comment": (set_comment("VIEW"),)}`."""
    def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
        return Strategy("set_comment", (statement(what, after, scene, named),))
    return set_comment


def story(whole: tuple[Node, ...], subject: Node) -> Sample:
    """The rehearsal of `set_comment`; `whole` are all objects, with the subject among them."""
    return Sample("change.comment", whole, tuple(one.with_(comment="said") if one.id == subject.id else one for one in whole), subject.id)
