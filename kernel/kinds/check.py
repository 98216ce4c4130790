"""Check: a condition that every row of a table meets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Node, Value
from kernel.core.strategy import Check, Strategy
from kernel.kinds import _constraints as constraints
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _offenders as offenders
from kernel.kinds._catalogs import of_table
from kernel.kinds._rehearsal import table
from kernel.kinds._shown_text import ShownTable, by_table, names_in
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds._stored_text import by_text, close_of, read_table, tokens


def read_pg(*row: object) -> Iterable[Node]:
    for node in constraints.read_pg("check")(*row):
        said = node.text("definition")
        plain = said.startswith("CHECK (") and close_of(tokens(said), 1) == len(tokens(said)) - 1
        yield node.without("columns").with_(expression=said[7:-1] if plain else None, definition="" if plain else said)


def read_stored(table: str, sql: str) -> Iterable[Node]:
    """One without a name is called by what it says."""
    seen: dict[str, int] = {}
    for one in read_table(sql).constraints:
        if one.sort == "check":
            seen[one.expression] = seen.get(one.expression, 0) + 1
            name = one.name or f"check({one.expression})" + (f" {seen[one.expression]}" if seen[one.expression] > 1 else "")
            attributes: dict[str, Value] = {"expression": one.expression, "named": bool(one.name), "conflict": one.conflict}
            yield of_table("check", "", table, name, attributes, mentions=one.expression)


def read_shown(table: str, shown: ShownTable) -> Iterable[Node]:
    for one in shown.checks:
        columns = [name for name in names_in(one.expression) if name in shown.columns]
        yield of_table("check", "", table, one.name, {"expression": one.expression, "enforced": one.enforced}, columns)


def clause(node: Node, scene: Scene) -> str:
    enforced = "" if node.get("enforced", True) else " NOT ENFORCED"
    said = node.text("definition") or f"CHECK ({node.text('expression')}){enforced}{constraints.conflict(node)}"
    return constraints.named(node, scene) + said


def add(node: Node, scene: Scene) -> Strategy:
    if inheritance.comes_along(node, scene):
        return inheritance.nothing("add")
    tail = "" if node.get("valid", True) else " NOT VALID"
    return _below(constraints.add(node, scene, clause(node, scene), tail=tail, checks=offending(node, scene)), node, scene)


def _below(made: Strategy, node: Node, scene: Scene) -> Strategy:
    """With its likenesses in the tables below, which come by themselves; there it may hold for all rows already."""
    copies = inheritance.brought(node, scene)
    first = tuple(f"ALTER TABLE {scene.table(one)} ADD {clause(one, scene)}" for one in copies if inheritance.is_restated(one, scene.goal))
    there = [scene.goal[one.id] for one in inheritance.copies_for_good(node, scene) if one.id in scene.goal]
    covers = made.covers | {one.id for one in copies} | inheritance.restated((*copies, *there), scene)
    said = tuple(constraints.comment_statement(one, scene) for one in copies if one.text("comment"))
    if not node.get("valid", True):
        said += tuple(_validated(one, scene) for one in copies if one.get("valid", True))
    return replace(made, statements=(*first, *made.statements, *inheritance.not_restated(there, scene), *said), covers=covers)


def add_then_validate(node: Node, scene: Scene) -> Strategy | None:
    """New rows obey at once; the old ones are read under a weak lock."""
    if not node.get("valid", True) or "NOT ENFORCED" in node.text("definition") or inheritance.comes_along(node, scene):
        return None
    first = constraints.add(node, scene, clause(node, scene), "add_then_validate", " NOT VALID", offending(node, scene))
    return _below(Strategy(first.name, (*first.statements, _validated(node, scene)), checks=first.checks, apart=True), node, scene)


def _validated(node: Node, scene: Scene) -> str:
    return f"ALTER TABLE {scene.table(node)} VALIDATE CONSTRAINT {scene.name(node.name)}"


def offending(node: Node, scene: Scene) -> tuple[Check, ...]:
    """The rows that do not meet it."""
    expression = node.text("expression")
    if not expression or not node.get("enforced", True):
        return ()
    return (offenders.rows(node, f"NOT ({expression})", scene),)


def drop_check(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop_check", (f"ALTER TABLE {scene.table(node)} DROP CHECK {scene.name(node.name)}",))


def enforce(before: Node, after: Node, scene: Scene) -> Strategy:
    """The server begins or ceases to look."""
    word = "ENFORCED" if after.get("enforced", True) else "NOT ENFORCED"
    return Strategy("enforce", (f"ALTER TABLE {scene.table(after)} ALTER CHECK {scene.name(after.name)} {word}",), checks=offending(after, scene))


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema)
    def check(name: str = "positive", **attributes: Value) -> Node:
        return of_table("check", schema, "rehearsed", name, {"expression": "id > 0", **attributes}, ("id",))
    here = check()
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, check("renamed")), check("renamed").id),
            Sample("change.valid", (*whole, check(valid=False)), (*whole, check(valid=True)), here.id),
            Sample("change.enforced", (*whole, check(enforced=False)), (*whole, check(enforced=True)), here.id),
            Sample("change.enforced", (*whole, check(enforced=True)), (*whole, check(enforced=False)), here.id),
            Sample("change.comment", (*whole, here), (*whole, check(comment="said")), here.id))


KIND = Kind(
    name="check",
    doc="A condition that every row meets.",
    attributes=(Attribute("expression", "expression", "the condition", spelled=True), constraints.DEFINITION,
                Attribute("valid", "flag", "rows that were there before were looked at", otherwise=True),
                Attribute("enforced", "flag", "the server looks at all", otherwise=True),
                constraints.COMMENT,
                Attribute("conflict", "text", "what a row that does not meet it does", otherwise="", yaml=False),
                Attribute("named", "flag", "people gave it a name", otherwise=True, yaml=False)),
    reads=(Read("pg_constraint", constraints.pg_query("c"), read_pg, of=(1, 2)), *by_text(read_stored),
           by_table(read_shown)),
    add=(add, add_then_validate),
    drop=(constraints.drop, drop_check),
    rename=(constraints.rename,),
    change={"valid": (constraints.validate,), "enforced": (enforce,), "comment": (constraints.set_comment,)},
    samples=samples,
    binds=lambda node: True,
    rank=32,
    section="checks",
    parent="table",
    along=inheritance.called_alike,
    shorthand="expression",
)
