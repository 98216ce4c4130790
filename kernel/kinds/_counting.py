"""Columns that count by themselves, on servers where such a column must be a key: column and key come, change and go together."""

from __future__ import annotations

from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds import _offenders as offenders
from kernel.kinds._column_text import clause, narrowing, new_place, say_again
from kernel.kinds._constraints import key_columns, key_options
from kernel.kinds._spec import Scene

KEYS = ("primary_key", "index")
"""What such a column can be a key of."""


def add_with_key(node: Node, scene: Scene) -> Strategy | None:
    """A column that counts by itself and the key that it must be, in one statement; the key may have been another one's."""
    if not (node.text("identity") and scene.q.identity_needs_key):
        return None
    there = {one.name for one in (*scene.before.children(node.parent, "column"), *scene.goal.children(node.parent, "column"))}
    for kind in KEYS:
        for key in scene.goal.children(node.parent, kind):
            names = [part.text("column") for part in key.records("columns")]
            old = scene.before.get(key.id)
            if names[0] == node.name and there.issuperset(names) and (old is None or old.attributes != key.attributes):
                away = "" if old is None else "DROP PRIMARY KEY, " if kind == "primary_key" else f"DROP INDEX {scene.name(key.name)}, "
                column = f"ADD COLUMN {clause(node, scene)}{new_place(node, scene)}"
                text = f"ALTER TABLE {scene.table(node)} {away}{column}, ADD {_key_clause(key, scene)}"
                return Strategy("add_with_key", (text,), covers=frozenset({key.id}))
    return None


def drop_with_key(node: Node, scene: Scene) -> Strategy | None:
    """A column that counts by itself goes, and the key that it had to be becomes one over other columns, in one statement. One of them may
    come with it, or only begin to count: there can be one such column only. Where it comes again as something else, its keys go by themselves."""
    if not (node.text("identity") and scene.q.identity_needs_key) or node.id in scene.goal:
        return None
    for kind in KEYS:
        for key in scene.before.children(node.parent, kind):
            new = scene.goal.get(key.id)
            if _leader(key) == node.name and new is not None and new.attributes != key.attributes:
                away = "DROP PRIMARY KEY" if kind == "primary_key" else f"DROP INDEX {scene.name(key.name)}"
                names = [part.text("column") for part in new.records("columns") if part.text("column")]
                counting = [one for one in scene.goal.children(node.parent, "column") if one.name in names and one.text("identity")]
                come = [one for one in counting if one.id not in scene.before]
                begin = [one for one in counting if one.id in scene.before and _only_begins(scene.before[one.id], one)]
                said = "".join([*(f"ADD COLUMN {clause(one, scene)}{new_place(one, scene)}, " for one in come),
                                *(f"MODIFY COLUMN {clause(one, scene)}, " for one in begin)])
                text = f"ALTER TABLE {scene.table(node)} DROP COLUMN {scene.name(node.name)}, {away}, {said}ADD {_key_clause(new, scene)}"
                checks = (offenders.twice(new, names, "", scene),) if names and new.get("unique", True) and not come else ()
                return Strategy("drop_with_key", (text,), covers=frozenset({key.id, *(one.id for one in (*come, *begin))}), checks=checks)
    return None


def _only_begins(before: Node, after: Node) -> bool:
    """It begins to count, and is otherwise what it was."""
    return not before.text("identity") and before.with_(identity=after["identity"]).attributes == after.attributes


def _key_clause(key: Node, scene: Scene) -> str:
    words = "PRIMARY KEY" if key.id.kind == "primary_key" else f"{'UNIQUE ' if key.flag('unique') else ''}KEY {scene.name(key.name)}"
    return f"{words} ({key_columns(key, scene)}){key_options(key, scene)}"


def counting(key: Node, catalog: Catalog, otherwise: Catalog, scene: Scene) -> Node | None:
    """The column that counts by itself and has this key to thank for it, where the server wants one for that: no key that is there on both sides
    would do, where the column counts on both, and of several this is the first."""
    if not scene.q.identity_needs_key or key.parent is None:
        return None
    first = _leader(key)
    node = catalog.get(NodeId("column", (*key.parent.path, first)))
    if node is None or not node.text("identity"):
        return None
    keys = sorted((one for kind in KEYS for one in catalog.children(key.parent, kind) if _leader(one) == first),
                  key=lambda one: (KEYS.index(one.id.kind), one.id))
    goes_on = otherwise.get(node.id)
    stays = goes_on is not None and goes_on.text("identity") and any(
        one.id != key.id and one.id in otherwise and _leader(otherwise[one.id]) == first for one in keys)
    return node if keys[0].id == key.id and not stays else None


def counts_later(before: Node, after: Node, scene: Scene) -> bool:
    """The column begins to count, which it cannot before a key is led by it, and changes otherwise as well: that comes first."""
    if not scene.q.identity_needs_key or before.text("identity") or not after.text("identity"):
        return False
    led = any(_leader(one) == before.name == _leader(scene.goal[one.id])
              for kind in KEYS for one in scene.before.children(before.parent, kind) if one.id in scene.goal)
    return not led and before.with_(identity=after.text("identity")).attributes != after.attributes


def counts_no_more(before: Node, after: Node) -> Node | None:
    """What a column is once it only counts no more, where the rest of what it is to be cannot be said in the same breath, or takes values away:
    that is told then, and what goes is kept aside. None where it can."""
    apart = any(one.text("generated") for one in (before, after)) or narrowing(before, after)
    return before.with_(identity="") if before.text("identity") and not after.text("identity") and apart else None


def modify_counting(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Said again without its counting alone, where it is to be a formula or what values of it may not fit."""
    less = counts_no_more(before, after) if scene.q.identity_needs_key else None
    return replace(say_again("modify", before, less, scene), attributes=("identity",)) if less else None


def _leader(key: Node) -> str:
    """The column that may count by this key: the first one, if it rises."""
    first = key.records("columns")[0]
    return "" if first.get("descending") else first.text("column")


def drop_key_of_counting(node: Node, scene: Scene, action: str) -> Strategy | None:
    """A key goes together with the column that counts by it, or with its counting; or the column's next key takes its place. A column that stays
    may need another index in the same moment: a foreign key is not without one."""
    held = counting(node, scene.before, scene.goal, scene)
    if held is None:
        return None
    later = scene.goal.get(held.id)
    if later is not None and later.text("identity"):
        other = next((one for kind in KEYS for one in scene.goal.children(node.parent, kind)
                      if _leader(one) == held.name and one.id != node.id), None)
        if other is None:
            return None
        return Strategy("drop_with_counting", (f"ALTER TABLE {scene.table(node)} {action}, ADD {_key_clause(other, scene)}",),
                        covers=frozenset({other.id}))
    if later is None:
        return Strategy("drop_with_counting", (f"ALTER TABLE {scene.table(node)} {action}, DROP COLUMN {scene.name(held.name)}",),
                        covers=frozenset({held.id}))
    less = counts_no_more(held, later)
    heirs = [one for one in scene.goal.children(node.parent, "index") if one.id not in scene.before and _leader(one) == held.name
             and all(_is_as_wanted(column, scene) for column in one.depends_on - {held.id})] if not less else []
    said = "".join(f", ADD {_key_clause(one, scene)}" for one in heirs)
    return Strategy("drop_with_counting", (f"ALTER TABLE {scene.table(node)} {action}, MODIFY COLUMN {clause(less or later, scene)}{said}",),
                    covers=frozenset({held.id, *(one.id for one in heirs)}), attributes=("identity",) if less else ())


def _is_as_wanted(id: NodeId, scene: Scene) -> bool:
    """It is there, and will be the same."""
    return id in scene.before and id in scene.goal and scene.before[id].attributes == scene.goal[id].attributes


def add_key_of_counting(node: Node, scene: Scene, action: str) -> Strategy | None:
    """A key comes together with the counting of a column that is there, and holds numbers of the kind already: another type comes first, where it
    may take values away."""
    wanted = counting(node, scene.goal, scene.before, scene)
    there = scene.before.get(wanted.id) if wanted else None
    if wanted is None or there is None or there.text("identity") or there.text("generated") or narrowing(there, wanted):
        return None
    text = f"ALTER TABLE {scene.table(node)} ADD {action}, MODIFY COLUMN {clause(wanted, scene)}"
    return Strategy("add_with_counting", (text,), covers=frozenset({wanted.id}))
