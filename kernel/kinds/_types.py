"""What the types that people make have in common: where nothing changes one in place, a new one takes its place.

The old one gets another name, the new one is made, every column of the old one is cast to the new one by way of text, and the
old one goes. What else stands on it is in the way, and is made again by the planner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId, Record
from kernel.core.strategy import Check, Strategy
from kernel.kinds import _offenders as offenders
from kernel.kinds import grant
from kernel.kinds._catalogs import of_table, table_id
from kernel.kinds._comments import said
from kernel.kinds._ownership import made
from kernel.kinds._rehearsal import column, standing_on, table, view
from kernel.kinds._spec import Attribute, Make, Move, Sample, Scene

COMMENT = Attribute("comment", "text", "what people should know about it", otherwise="")

ASIDE = "_sqlx_old_"


def same_type(text: str, id: NodeId) -> bool:
    """The type of a column, as the server prints it, is this one or an array of it."""
    return text.removesuffix("[]").replace('"', "") == ".".join(id.path)


def columns_of(type: NodeId, catalog: Catalog, *also: str) -> tuple[Node, ...]:
    """The columns that hold values of this type; `also` are other names for it."""
    users = sorted((one for one in catalog.dependants(type) if one.id.kind == "column"), key=lambda one: one.id.path[:-1])
    return tuple(one for one in users if same_type(one.text("type"), type) or one.text("type").removesuffix("[]") in also)


def after_create(what: str, node: Node, scene: Scene) -> tuple[str, ...]:
    """Owner and comment of a type that was just made."""
    return (*made(what, node, scene), *said(what, node, scene))


def drop(what: str) -> Make:
    def drop(node: Node, scene: Scene) -> Strategy:
        return Strategy("drop", (f"DROP {what} {scene.name(*node.id.path)}",))
    return drop


def rename(what: str) -> Move:
    def rename(before: Node, after: Node, scene: Scene) -> Strategy:
        return Strategy("rename", (f"ALTER {what} {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))
    return rename


Checks = Callable[[Node, Node, Scene], tuple[Check, ...]]
Cast = Callable[[Node, Node, Node, Scene], str]


def by_text(column: Node, before: Node, after: Node, scene: Scene) -> str:
    """A value of the old type as one of the new: `before` and `after` are the types."""
    return f"{scene.name(column.name)}::text::{column.text('type')}"


def take_place(what: str, create: Callable[[Node, Scene], Strategy], checks: Checks = lambda before, after, scene: (), cast: Cast = by_text) -> Move:
    """A new type beside the old one, every column that holds it turned over to the new one, and the old one dropped."""
    def take_place(before: Node, after: Node, scene: Scene) -> Strategy:
        aside = ASIDE + after.name
        columns = columns_of(before.id, scene.before)
        statements = (
            f"ALTER {what} {scene.name(*before.id.path)} RENAME TO {scene.name(aside)}",
            *create(after, scene).statements,
            *(text for one in columns
              for text in (*_off(one, scene), _to(one, one.text("type"), cast(one, before, after, scene), scene), *_on(one, scene))),
            f"DROP {what} {scene.name(*before.id.path[:-1], aside)}",
            *grants(after, scene))
        return whole("take_place", before, after, statements, columns, checks(before, after, scene))
    return take_place


def make_again(what: str, create: Callable[[Node, Scene], Strategy], checks: Checks = lambda before, after, scene: ()) -> Move:
    """Every column that holds it is text while the type is dropped and made: for types that cannot have another name for a while."""
    def make_again(before: Node, after: Node, scene: Scene) -> Strategy:
        columns = columns_of(before.id, scene.before, before.hint("multirange"))
        statements = (
            *(text for one in columns for text in (*_off(one, scene), _to(one, "text", f"{scene.name(one.name)}::text", scene))),
            f"DROP {what} {scene.name(*before.id.path)}",
            *create(after, scene).statements,
            *(text for one in columns
              for text in (_to(one, one.text("type"), f"{scene.name(one.name)}::{one.text('type')}", scene), *_on(one, scene))),
            *grants(after, scene))
        return whole("make_again", before, after, statements, columns, checks(before, after, scene))
    return make_again


def whole(name: str, before: Node, after: Node, statements: tuple[str, ...], columns: tuple[Node, ...], checks: tuple[Check, ...]) -> Strategy:
    """All that a type is to be is made true at once, and its columns with it."""
    return Strategy(name, statements, attributes=tuple({*before.attributes, *after.attributes}), covers=frozenset(one.id for one in columns),
                    checks=checks)


def grants(type: Node, scene: Scene) -> Iterable[str]:
    """Who may use it, said again."""
    made = [grant.give(one, scene) for one in scene.after.children(type.id, "grant")]
    return (text for one in made if one for text in one.statements)


def _alter(column: Node, action: str, scene: Scene) -> str:
    return f"ALTER TABLE {scene.name(*column.id.path[:2])} ALTER COLUMN {scene.name(column.name)} {action}"


def _off(column: Node, scene: Scene) -> Iterable[str]:
    return (_alter(column, "DROP DEFAULT", scene),) if column.get("default") is not None else ()


def _on(column: Node, scene: Scene) -> Iterable[str]:
    return (_alter(column, f"SET DEFAULT {column.text('default')}", scene),) if column.get("default") is not None else ()


def _to(column: Node, type: str, cast: str, scene: Scene) -> str:
    return _alter(column, f"TYPE {type} USING {cast}", scene)


def unheld(type: Node, condition: str, scene: Scene) -> tuple[Check, ...]:
    """The rows whose value of this type does not meet a condition on `{0}`, the value as text."""
    return tuple(offenders.rows(one, f"NOT {condition.format(f'{scene.name(one.name)}::text')}", scene)
                 for one in columns_of(type.id, scene.before) if not one.text("type").endswith("[]"))


def _held(schema: str, type: NodeId) -> tuple[Node, ...]:
    """For rehearsals: a table with a column of this type."""
    here = column(schema, "held", type=".".join(type.path))
    return table(schema, "rehearsed", replace(here, depends_on=here.depends_on | {type}))


def stories(schema: str, attribute: str, before: Node, after: Node, *beside: tuple[Node, ...]) -> tuple[Sample, ...]:
    """Replacing a type that a table has a column of: alone, and with each of these objects standing on it (first, what it is about)."""
    def story(also: tuple[Node, ...]) -> Sample:
        rest = (*_held(schema, before.id), *also)
        return Sample(f"change.{attribute}", (before, *rest), (after, *rest), before.id, also[0].id.kind if also else "")
    return (story(()), *(story(one) for one in beside))


def usual(schema: str, type: NodeId) -> tuple[tuple[Node, ...], ...]:
    """One of each kind of object that can stand on a type or on a column of it, with what it needs."""
    name, where = ".".join(type.path), ".".join((schema, "rehearsed"))
    owner, held = table_id(schema, "rehearsed"), NodeId("column", (schema, "rehearsed", "held"))
    function = Node(NodeId("function", (schema, f"takes({name})")), {
        "arguments": name, "returns": "integer", "language": "sql", "body": "SELECT 1"})
    some = f"held <> NULL::{name}"
    parent = (*table(schema, "parent", column(schema, "held", "parent", type=name)),
              of_table("unique", schema, "parent", "one_held", {"columns": (Record(column="held"),)}, ("held",)))
    target = table_id(schema, "parent")
    link = of_table("foreign_key", schema, "rehearsed", "linked", {"columns": ("held",), "table": target.label, "references": ("held",)},
                    ("held",), (parent[-1].id,), target=target.path)
    return (
        (view(schema, "beside", f"SELECT held FROM {where}", owner, held),),
        (of_table("check", schema, "rehearsed", "beside", {"expression": some}, ("held",), (type,)),),
        (of_table("index", schema, "rehearsed", "by_id", {"columns": (Record(column="id"),), "where": some}, ("id", "held"), (type,)),),
        (link, *parent),
        (function,),
        (Node(NodeId("materialized_view", (schema, "kept")), {"definition": f"SELECT held FROM {where}"}, None, frozenset({owner, held})),),
        (of_table("row_security_policy", schema, "rehearsed", "own", {"command": "ALL", "roles": ("PUBLIC",), "using": some}, ("held",)),),
        (of_table("rule", schema, "rehearsed", "kept", {"definition": f"ON DELETE TO {where} WHERE (old.{some}) DO INSTEAD NOTHING"}, ("held",)),),
        *standing_on(schema, "held"))
