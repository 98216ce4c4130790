"""A table made anew: another one beside it, the rows copied, the names swapped; what hung on it is made again.

It is what a server can do that cannot alter (https://www.sqlite.org/lang_altertable.html, section 7).
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId
from kernel.core.strategy import Check, Strategy
from kernel.kinds import _keeping as keeping
from kernel.kinds import _offenders as offenders
from kernel.kinds import check, foreign_key, index, unique
from kernel.kinds._spec import Scene
from kernel.kinds._table_text import text_of


def rebuild(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A new table beside the old one, the rows copied, the names swapped; indexes and triggers are made again."""
    if before.get("without_rowid") is None or after.get("without_rowid") is None:
        return None
    aside = scene.name("_sqlx_new_" + after.name)
    old, new = scene.table(before), scene.table(after)
    had = {one.name: one for one in scene.before.children(before.id, "column")}
    kept = [one.name for one in scene.after.children(after.id, "column")
            if one.name in had and not one.text("generated")]
    numbered = keeping.is_numbered(before.id, scene.before) and (
        keeping.has_hidden_numbers(after.id, scene.after) or (not kept and keeping.is_numbered(after.id, scene.after)))
    numbers = (keeping.ROW_NUMBER,) if numbered else ()
    into = ", ".join((*numbers, *map(scene.name, kept)))
    values = ", ".join((*numbers, *(value(had[name], scene.after[NodeId("column", (*after.id.path, name))], scene) for name in kept)))
    copy = (f"INSERT INTO {aside} ({into}) SELECT {values} FROM {old}",) if into else ()
    counts = any(one.text("identity") for one in scene.after.children(after.id, "column"))
    reached = f"coalesce((SELECT seq FROM sqlite_sequence WHERE name = {scene.q.literal(before.name)}), 0)"
    carried = f"UPDATE sqlite_sequence SET seq = max(seq, {reached}) WHERE name = {scene.q.literal('_sqlx_new_' + after.name)}"
    counter = (carried,) if counts and had else ()
    return Strategy(
        "rebuild",
        (text_of(after, scene, aside), *copy, *counter, f"DROP TABLE {old}", f"ALTER TABLE {aside} RENAME TO {new}",
         *again(after, "index", scene), *again(after, "trigger", scene)),
        settings=("PRAGMA foreign_keys = OFF", "PRAGMA legacy_alter_table = ON"),
        resets=("PRAGMA legacy_alter_table = OFF", "PRAGMA foreign_keys = ON"),
        loses="" if into or not had else f"the rows of {after.id.label}: none of its columns stays",
        checks=(Check(f"SELECT count(*) FROM pragma_foreign_key_check({scene.q.literal(after.name)})"), *stricter(before, after, scene)),
        whole=after.id,
    )


def again(table: Node, kind: str, scene: Scene) -> tuple[str, ...]:
    """The statements that make what hangs on it, in the words in which they are stored."""
    return tuple(text for one in scene.after.children(table.id, kind) if (text := one.hint("text") or _index_text(one, scene)))


def stricter(before: Node, after: Node, scene: Scene) -> Iterable[Check]:
    """The rows which the table as it will be does not take."""
    for one in scene.after.subtree(after.id):
        old = scene.before.get(one.id)
        if old is None and one.id.kind == "column":
            yield from offenders.without_value(one, scene)
        if old is not None and old.attributes == one.attributes:
            continue
        if one.id.kind == "foreign_key":
            yield from foreign_key.orphans(one, scene)
        elif one.id.kind in ("unique", "index") and one.get("unique", True) and not one.text("where"):
            yield from unique.duplicates(one, scene) if _all_there(one, scene) else ()
        elif one.id.kind == "check":
            yield from check.offending(one, scene)
        elif one.id.kind == "column" and old is not None and one.get("default") is None and _bound(old, one):
            yield offenders.nulls(one, scene)


def _bound(old: Node, new: Node) -> bool:
    return bool(old.get("nullable", True)) and not new.get("nullable", True)


def _all_there(key: Node, scene: Scene) -> bool:
    """Of each column it is known what the rows have in it, or will have."""
    ids = [NodeId("column", (*key.id.path[:2], part.text("column"))) for part in key.records("columns")]
    return all(id in scene.before or (id in scene.after and not offenders.without_value(scene.after[id], scene)) for id in ids)


def value(old: Node, new: Node, scene: Scene, said: str = "") -> str:
    """What a kept column brings along, as it is or as is `said`: a null becomes the default where nulls are not allowed any more."""
    brought = said or scene.name(old.name)
    if old.get("nullable", True) and not new.get("nullable", True) and new.get("default") is not None:
        return f"coalesce({brought}, {new.text('default')})"
    return brought


def _index_text(node: Node, scene: Scene) -> str:
    made = index.create(node, scene) if node.id.kind == "index" else None
    return made.statements[0] if made else ""
