"""Operator family: operator classes whose operators go together. One that only holds a class of its own name is read all the same."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _operators as operators
from kernel.kinds._catalogs import USER_SCHEMA, address, not_member, texts
from kernel.kinds._comments import said, set_comment
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_OPFAMILY = "2753"

PG = f"""
    SELECT f.oid, n.nspname, m.amname, f.opfname, {operators.members()},
           pg_catalog.obj_description(f.oid, 'pg_opfamily'), {owner_of('f.opfowner')}
      FROM pg_catalog.pg_opfamily AS f
      JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod
      JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_opfamily', 'f.oid')}
  ORDER BY f.oid"""


def read_pg(oid: int, schema: str, method: str, name: str, members: object, comment: str | None, owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"members": texts(members), "comment": comment or "", "owner": owner}
    id = NodeId("operator_family", operators.called(schema, name, method))
    yield Node(id, attributes, None, frozenset({NodeId("schema", (schema,))}), {"address": address(PG_OPFAMILY, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    here = operators.signed(node, scene)
    loose = (f"ALTER OPERATOR FAMILY {here} ADD {', '.join(node.names('members'))}",) if node.names("members") else ()
    comment = said("OPERATOR FAMILY", node, scene, operators.signed)
    return Strategy("create", (f"CREATE OPERATOR FAMILY {here}", *loose, *made("OPERATOR FAMILY", node, scene, operators.signed), *comment))


def alter(before: Node, after: Node, scene: Scene) -> Strategy:
    """Members that belong to no class, taken and given by their place."""
    here = f"ALTER OPERATOR FAMILY {operators.signed(after, scene)}"
    had, wanted = before.names("members"), after.names("members")
    gone = [_place(one) for one in had if one not in wanted]
    more = [one for one in wanted if one not in had]
    return Strategy("alter", (*((f"{here} DROP {', '.join(gone)}",) if gone else ()), *((f"{here} ADD {', '.join(more)}",) if more else ())))


def _place(member: str) -> str:
    """`OPERATOR 1 (integer, integer)` of a whole member."""
    sort, number, rest = member.split(" ", 2)
    types = rest[rest.index("("):]
    return f"{sort} {number} {types[:types.index(')') + 1]}"


def samples(schema: str) -> tuple[Sample, ...]:
    def family(name: str = "numbers", *members: str) -> Node:
        return Node(NodeId("operator_family", operators.called(schema, name, "btree")), {"members": members, "comment": ""})
    here, renamed = family(), family("renamed")
    less = "OPERATOR 1 pg_catalog.<(integer, bigint)"
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), Sample("rename", (here,), (renamed,), renamed.id),
            Sample("change.members", (here,), (family("numbers", less),), here.id),
            Sample("change.members", (family("numbers", less),), (here,), here.id),
            Sample("change.comment", (here,), (here.with_(comment="said"),), here.id), story((here,), here))


KIND = Kind(
    name="operator_family",
    doc="Operator classes whose operators go together; the method belongs to the name: `numbers USING btree`.",
    attributes=(Attribute("members", "names", "operators and functions that belong to no class of it", otherwise=(), spelled=True), operators.COMMENT,
                OWNER),
    reads=(Read("pg_opfamily", PG, read_pg),),
    add=(create,),
    drop=(operators.drop("OPERATOR FAMILY"),),
    rename=(operators.rename("OPERATOR FAMILY"),),
    change={"members": (alter,), "comment": (set_comment("OPERATOR FAMILY", operators.signed),),
            "owner": (give("OPERATOR FAMILY", operators.signed),)},
    samples=samples,
    rank=67,
    shorthand="members",
)
