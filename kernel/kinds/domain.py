"""Domain: a type that is another type with rules of its own."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _types as types
from kernel.kinds import domain_check
from kernel.kinds._catalogs import PG_TYPE, USER_SCHEMA, address, not_member
from kernel.kinds._comments import set_comment
from kernel.kinds._ownership import OWNER, give, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG = f"""
    SELECT t.oid, n.nspname, t.typname, pg_catalog.format_type(t.typbasetype, t.typtypmod), NOT t.typnotnull,
           coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), t.typdefault),
           CASE WHEN t.typcollation <> b.typcollation THEN
                (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname) FROM pg_catalog.pg_collation AS l
                   JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace WHERE l.oid = t.typcollation) END,
           pg_catalog.obj_description(t.oid, 'pg_type'), {owner_of('t.typowner')}
      FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
      JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
     WHERE t.typtype = 'd' AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_type', 't.oid')}
  ORDER BY t.oid"""


def read_pg(oid: int, schema: str, name: str, type: str, nullable: bool, default: str | None, collation: str | None, comment: str | None,
            owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"type": type, "nullable": nullable, "default": default, "collation": collation, "comment": comment or "",
                                    "owner": owner}
    yield Node(NodeId("domain", (schema, name)), attributes, None, frozenset({NodeId("schema", (schema,))}), {"address": address(PG_TYPE, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    """The domain with its checks; those that do not hold for all rows that are there come later."""
    checks = [one for one in scene.after.children(node.id, "domain_check") if one.get("valid", True)]
    words = [f"CREATE DOMAIN {scene.name(*node.id.path)} AS {node.text('type')}",
             f"COLLATE {node.text('collation')}" if node.text("collation") else "",
             f"DEFAULT {node.text('default')}" if node.get("default") is not None else "",
             "" if node.get("nullable", True) else "NOT NULL", *(domain_check.clause(one, scene) for one in checks)]
    said = [text for one in checks for text in domain_check.comments(one, scene)]
    return Strategy("create", (" ".join(word for word in words if word), *types.after_create("DOMAIN", node, scene), *said),
                    covers=frozenset(one.id for one in checks))


def create_alone(node: Node, scene: Scene) -> Strategy:
    """What takes the place of a domain has all of its checks."""
    made = create(node, scene)
    later = [one for one in scene.after.children(node.id, "domain_check") if not one.get("valid", True)]
    return Strategy("create_alone", (*made.statements, *(text for one in later for text in domain_check.add(one, scene).statements)))


def _alter(action: str, node: Node, scene: Scene) -> tuple[str, ...]:
    return (f"ALTER DOMAIN {scene.name(*node.id.path)} {action}",)


def set_default(before: Node, after: Node, scene: Scene) -> Strategy:
    default = after.get("default")
    return Strategy("set_default", _alter("DROP DEFAULT" if default is None else f"SET DEFAULT {default}", after, scene))


def set_not_null(before: Node, after: Node, scene: Scene) -> Strategy:
    required = not after.get("nullable", True)
    checks = types.unheld(after, "({0} IS NULL) IS NOT TRUE", scene) if required else ()
    return Strategy("set_not_null", _alter("SET NOT NULL" if required else "DROP NOT NULL", after, scene), checks=checks)


def samples(schema: str) -> tuple[Sample, ...]:
    def domain(name: str = "mood", **attributes: Value) -> Node:
        return Node(NodeId("domain", (schema, name)), {"type": "integer", "nullable": True, "default": None, "collation": None, **attributes})
    here = domain()

    def change(**attributes: Value) -> Sample:
        return Sample(f"change.{next(iter(attributes))}", (here,), (here.with_(**attributes),), here.id)
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("rename", (here,), (domain("renamed"),), domain("renamed").id),
            change(default="1"), change(nullable=False), change(comment="said"),
            *types.stories(schema, "type", here, domain(type="bigint"), *types.usual(schema, here.id)),
            *types.stories(schema, "collation", domain(type="text"), domain(type="text", collation='"C"')),
            story((here,), here))


KIND = Kind(
    name="domain",
    doc="A type that is another type with rules of its own.",
    attributes=(
        Attribute("type", "type", "the type that it is made of", spelled=True),
        Attribute("nullable", "flag", "may hold null", otherwise=True),
        Attribute("default", "expression", "the value of columns that do not say one", spelled=True),
        Attribute("collation", "text", "how its text is sorted and compared", spelled=True),
        types.COMMENT, OWNER,
    ),
    reads=(Read("pg_type", PG, read_pg),),
    add=(create,),
    drop=(types.drop("DOMAIN"),),
    rename=(types.rename("DOMAIN"),),
    change={"type": (types.take_place("DOMAIN", create_alone),), "collation": (types.take_place("DOMAIN", create_alone),),
            "default": (set_default,), "nullable": (set_not_null,), "comment": (set_comment("DOMAIN"),), "owner": (give("DOMAIN"),)},
    samples=samples,
    rank=3,
    shorthand="type",
)
