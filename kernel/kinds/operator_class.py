"""Operator class: by which operators and functions an index keeps a type in order."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _operators as operators
from kernel.kinds._catalogs import USER_SCHEMA, address, not_member, texts
from kernel.kinds._comments import said, set_comment
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_OPCLASS = "2616"

PG = f"""
    SELECT o.oid, n.nspname, m.amname, o.opcname, o.opcdefault, pg_catalog.format_type(o.opcintype, NULL),
           pg_catalog.format('%I.%I', fn.nspname, f.opfname),
           CASE WHEN o.opckeytype NOT IN (0, o.opcintype) THEN pg_catalog.format_type(o.opckeytype, NULL) ELSE '' END,
           {operators.members('o.oid')}, pg_catalog.obj_description(o.oid, 'pg_opclass'), {owner_of('o.opcowner')}
      FROM pg_catalog.pg_opclass AS o
      JOIN pg_catalog.pg_opfamily AS f ON f.oid = o.opcfamily
      JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.opfnamespace
      JOIN pg_catalog.pg_am AS m ON m.oid = o.opcmethod
      JOIN pg_catalog.pg_namespace AS n ON n.oid = o.opcnamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_opclass', 'o.oid')}
  ORDER BY o.oid"""


def read_pg(oid: int, schema: str, method: str, name: str, default: bool, type: str, family: str, storage: str, members: object,
            comment: str | None, owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"default": default, "type": type, "family": family, "storage": storage, "members": texts(members),
                                    "comment": comment or "", "owner": owner}
    id = NodeId("operator_class", operators.called(schema, name, method))
    yield Node(id, attributes, None, frozenset({NodeId("schema", (schema,))}), {"address": address(PG_OPCLASS, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    default, family = " DEFAULT" if node.flag("default") else "", f" FAMILY {node.text('family')}" if node.text("family") else ""
    held = [*node.names("members"), *([f"STORAGE {node.text('storage')}"] if node.text("storage") else [])]
    name, method = operators.parts(node, scene)
    text = (f"CREATE OPERATOR CLASS {name}{default} FOR TYPE {node.text('type')}"
            f" USING {method}{family} AS {', '.join(held) or 'STORAGE ' + node.text('type')}")
    comment = said("OPERATOR CLASS", node, scene, operators.signed)
    return Strategy("create", (text, *made("OPERATOR CLASS", node, scene, operators.signed), *comment))


def samples(schema: str) -> tuple[Sample, ...]:
    family = Node(NodeId("operator_family", operators.called(schema, "numbers", "btree")), {"members": (), "comment": ""})
    signs = ("<", "<=", "=", ">=", ">")
    members = (*(f"OPERATOR {at} pg_catalog.{sign}(integer, integer)" for at, sign in enumerate(signs, 1)),
               "FUNCTION 1 (integer, integer) pg_catalog.btint4cmp(integer, integer)")

    def made(name: str = "numbers") -> Node:
        return Node(NodeId("operator_class", operators.called(schema, name, "btree")), {
            "default": False, "type": "integer", "family": f"{schema}.numbers", "members": members, "comment": ""})
    here, renamed = made(), made("renamed")
    return (Sample("add", (family,), (family, here), here.id), Sample("drop", (family, here), (family,), here.id),
            Sample("rename", (family, here), (family, renamed), renamed.id),
            Sample("change.comment", (family, here), (family, here.with_(comment="said")), here.id), story((family, here), here))


KIND = Kind(
    name="operator_class",
    doc="By which operators and functions an index keeps a type in order; the method belongs to the name: `numbers USING btree`.",
    attributes=(
        Attribute("type", "type", "the type of what is indexed", spelled=True),
        Attribute("default", "flag", "is taken where an index names none", otherwise=False),
        Attribute("family", "text", "the operator family that it belongs to", spelled=True),
        Attribute("members", "names", "`OPERATOR 1 <`, `FUNCTION 1 name(types)` and the like", otherwise=(), spelled=True),
        Attribute("storage", "type", "the type in which the index keeps it, where that is another", otherwise="", spelled=True),
        operators.COMMENT, OWNER,
    ),
    reads=(Read("pg_opclass", PG, read_pg),),
    add=(create,),
    drop=(operators.drop("OPERATOR CLASS"),),
    rename=(operators.rename("OPERATOR CLASS"),),
    change={"comment": (set_comment("OPERATOR CLASS", operators.signed),), "owner": (give("OPERATOR CLASS", operators.signed),)},
    samples=samples,
    rank=68,
    shorthand="members",
)
