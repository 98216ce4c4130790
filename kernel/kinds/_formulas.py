"""A column that is computed takes the place of one with values, and the other way round."""

from __future__ import annotations

from dataclasses import replace

from kernel.core.node import Node
from kernel.core.strategy import Strategy
from kernel.kinds import _column_settings as settings
from kernel.kinds._column_text import clause, comments_apart, old_place, say_again
from kernel.kinds._spec import Scene


def modify_into_formula(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """What rows hold is computed from now on, and kept in the row."""
    if before.text("generated") or not after.flag("stored"):
        return None
    return replace(say_again("modify_into_formula", before, after, scene), loses=f"the values of {before.id.label} that its formula does not give")


def modify_out_of_formula(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """What was computed and kept stays as it is."""
    if after.text("generated") or not before.flag("stored"):
        return None
    return say_again("modify_out_of_formula", before, after, scene)


def _goes_along(column: Node, scene: Scene) -> bool:
    """Something of its table would go with the column, or keeps it. Views and triggers know it by its name, and find the other one by that."""
    return any(one.parent == column.parent and one.id.kind != "trigger" for one in scene.before.dependants(column.id))


def put_formula(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A column that is computed when it is read, in the place of one with values."""
    if before.text("generated") or not after.text("generated") or after.flag("stored") or _goes_along(before, scene):
        return None
    name = scene.name(after.name)
    text = f"ALTER TABLE {scene.table(after)} DROP COLUMN {name}, ADD COLUMN {clause(after, scene)}{old_place(after, scene)}"
    return Strategy("put_formula", (text,), attributes=tuple({*before.attributes, *after.attributes}), loses=f"the values of {before.id.label}")


def put_values(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A column with the values that the formula gives now, in the place of the formula."""
    if not before.text("generated") or after.text("generated") or before.flag("stored") or _goes_along(before, scene):
        return None
    table, name, aside = scene.table(after), scene.name(after.name), "_sqlx_values"
    easy = after.with_(nullable=True, identity="")
    made = clause(replace(easy, id=easy.id.renamed(aside)), scene)
    put = clause(after, scene)
    return Strategy("put_values", (
        f"ALTER TABLE {table} ADD COLUMN {made}{old_place(after, scene)}",
        f"UPDATE {table} SET {scene.name(aside)} = {name}",
        f"ALTER TABLE {table} DROP COLUMN {name}, CHANGE COLUMN {scene.name(aside)} {put}",
    ), attributes=tuple({*before.attributes, *after.attributes}))


def take_values_over(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """As `put_values`, for servers that give a column its place and its name in two statements."""
    if not before.text("generated") or after.text("generated") or before.flag("stored") or after.text("identity"):
        return None
    table, name, aside = scene.table(after), scene.name(after.name), "_sqlx_values"
    easy = after.with_(nullable=True)
    bind = () if after.get("nullable", True) else (f"ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL",)
    return Strategy("take_values_over", (
        f"ALTER TABLE {table} ADD COLUMN {clause(replace(easy, id=easy.id.renamed(aside)), scene)}{old_place(after, scene)}",
        f"UPDATE {table} SET {scene.name(aside)} = {name}",
        f"ALTER TABLE {table} DROP COLUMN {name}",
        f"ALTER TABLE {table} RENAME COLUMN {scene.name(aside)} TO {name}",
        *bind, *comments_apart((after,), scene), *settings.apart((after,), scene),
    ), attributes=tuple({*before.attributes, *after.attributes}), alone=True)
