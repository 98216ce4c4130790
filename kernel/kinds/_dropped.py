"""A table that goes: under a name of ours nobody looks for it any more, and its rows can go in their own time."""

from __future__ import annotations

from kernel.core.node import Node
from kernel.core.strategy import PIECE, TOGETHER, Pieces, Strategy
from kernel.kinds import _keeping as keeping
from kernel.kinds._beside_writers import aside, pieces
from kernel.kinds._spec import Scene

NAME = "drop_aside"


def drop_aside(node: Node, scene: Scene) -> Strategy | None:
    """To take away a large table at once would keep all others waiting who open one, or who write to the same file."""
    gone, loses = scene.name(aside(node.id, "gone_table")), f"the rows of {node.id.label}"
    if node.get("order") is not None:
        statements = (f"RENAME TABLE {scene.table(node)} TO {gone}", f"DROP TABLE {gone}")
        return Strategy(NAME, statements, apart=True, loses=loses, sweep=(f"DROP TABLE IF EXISTS {gone}",))
    if node.get("without_rowid") is None:
        return None
    told = pieces(1, node, scene)
    key = (scene.name(keeping.ROW_NUMBER),) if keeping.is_numbered(node.id, scene.before) else told[0].key if told else ()
    if not key:
        return None
    heard = tuple(f"DROP TRIGGER {scene.name(one.name)}" for one in scene.before.children(node.id, "trigger"))
    emptied = (f"DELETE FROM {gone} WHERE 1 = 1 {PIECE}", f"DROP TABLE IF EXISTS {gone}")
    return Strategy(
        NAME, (TOGETHER.join((*heard, f"ALTER TABLE {scene.table(node)} RENAME TO {gone}")), *emptied), apart=True, loses=loses,
        settings=("PRAGMA foreign_keys = OFF", "PRAGMA legacy_alter_table = ON"),
        resets=("PRAGMA legacy_alter_table = OFF", "PRAGMA foreign_keys = ON"),
        pieces=(Pieces(1, gone, key), Pieces(3, gone, key)), sweep=emptied)
