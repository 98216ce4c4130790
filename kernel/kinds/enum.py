"""Enum: a type whose values are a list of words.

A word can be added anywhere. To take one away, or to put them in another order, a new type takes the place of the old one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Check, PassedOver, Pieces, Strategy
from kernel.kinds import _types as types
from kernel.kinds._beside_writers import aside, stuck, turn, unhurried
from kernel.kinds._catalogs import PG_TYPE, USER_SCHEMA, address, not_member, texts
from kernel.kinds._comments import set_comment
from kernel.kinds._ownership import OWNER, give, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG = f"""
    SELECT t.oid, n.nspname, t.typname, (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
                                           FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid),
           pg_catalog.obj_description(t.oid, 'pg_type'), {owner_of('t.typowner')}
      FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
     WHERE t.typtype = 'e' AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_type', 't.oid')}
  ORDER BY t.oid"""


def read_pg(oid: int, schema: str, name: str, values: object, comment: str | None, owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"values": texts(values), "comment": comment or "", "owner": owner}
    yield Node(NodeId("enum", (schema, name)), attributes, None, frozenset({NodeId("schema", (schema,))}), {"address": address(PG_TYPE, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    values = ", ".join(map(scene.q.literal, node.names("values")))
    return Strategy("create", (f"CREATE TYPE {scene.name(*node.id.path)} AS ENUM ({values})", *types.after_create("TYPE", node, scene)))


def add_values(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Each new value in its place; only where all others stay as they are."""
    had, wanted = before.names("values"), after.names("values")
    if tuple(one for one in wanted if one in had) != had:
        return None
    here = f"ALTER TYPE {scene.name(*after.id.path)} ADD VALUE"
    statements = []
    for at, value in enumerate(wanted):
        if value not in had:
            follows = next((one for one in wanted[at:] if one in had), None)
            place = f" BEFORE {scene.q.literal(follows)}" if follows is not None else ""
            statements.append(f"{here} {scene.q.literal(value)}{place}")
    return Strategy("add_values", tuple(statements))


def take_place_beside_writers(before: Node, after: Node, scene: Scene) -> Strategy | PassedOver | None:
    """The new type beside the old one, and beside each column one of the new type; when all are filled, they take the old ones' places together."""
    columns = types.columns_of(before.id, scene.before)
    if not columns:
        return None
    for one in columns:
        if why := stuck(one, scene):
            return PassedOver("take_place_beside_writers", f"{one.id.label}: {why}")
    new = replace(after, id=NodeId("enum", (after.id.path[0], aside(after.id))))
    name = scene.name(*new.id.path)
    arrays = ("[]" if one.text("type").endswith("[]") else "" for one in columns)
    turns = [turn(one, one, name + array, f"::text{array}::{name}{array}", scene) for one, array in zip(columns, arrays, strict=True)]
    statements, pieces = list(create(new, scene).statements), list[Pieces]()
    for each in turns:
        pieces.append(replace(each.pieces, at=len(statements) + each.pieces.at))
        statements += each.makes
    last = (*(text for each in turns for text in each.swaps), f"DROP TYPE {scene.name(*before.id.path)}",
            f"ALTER TYPE {name} RENAME TO {scene.name(after.name)}", *types.grants(after, scene), *(text for each in turns for text in each.ends))
    whole = types.whole("take_place_beside_writers", before, after, (*statements, ";\n".join(last)), columns, _gone(before, after, scene))
    sweep = (*(text for each in turns for text in each.sweep), f"DROP TYPE IF EXISTS {name}")
    return unhurried(replace(whole, pieces=tuple(pieces), apart=True, sweep=sweep))


def _gone(before: Node, after: Node, scene: Scene) -> tuple[Check, ...]:
    """Rows that hold a value which the new type has not."""
    if not set(before.names("values")) - set(after.names("values")) or not after.names("values"):
        return ()
    return types.unheld(before, f"{{0}} IN ({', '.join(map(scene.q.literal, after.names('values')))})", scene)


def samples(schema: str) -> tuple[Sample, ...]:
    def enum(*values: str, name: str = "mood") -> Node:
        return Node(NodeId("enum", (schema, name)), {"values": values, "comment": ""})
    here, renamed = enum("a", "b"), enum("a", "b", name="renamed")
    name = f"{schema}.mood"
    made = ((Node(NodeId("domain", (schema, "mine")), {"type": name}),),
            (Node(NodeId("composite_type", (schema, "pair")), {"fields": (Record(name="one", type=name),)}),))
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), Sample("rename", (here,), (renamed,), renamed.id),
            Sample("change.values", (here,), (enum("a", "x", "b", "y"),), here.id),
            *types.stories(schema, "values", enum("1", "2", "3"), enum("2", "1"), *types.usual(schema, here.id), *made),
            Sample("change.comment", (here,), (here.with_(comment="said"),), here.id), story((here,), here))


KIND = Kind(
    name="enum",
    doc="A type whose values are a list of words.",
    attributes=(Attribute("values", "names", "the words, in the order in which they compare"), types.COMMENT, OWNER),
    reads=(Read("pg_enum", PG, read_pg),),
    add=(create,),
    drop=(types.drop("TYPE"),),
    rename=(types.rename("TYPE"),),
    change={"values": (add_values, types.take_place("TYPE", create, _gone), take_place_beside_writers), "comment": (set_comment("TYPE"),),
            "owner": (give("TYPE"),)},
    samples=samples,
    rank=2,
    shorthand="values",
)
