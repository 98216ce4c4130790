"""Schema: a name space for tables and all the rest, on servers where a database holds several.

The one that every database is born with is neither made nor dropped: it is read as a node only when it was changed.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import PG_NAMESPACE, USER_SCHEMA, address, not_member
from kernel.kinds._ownership import OWNER, give, made, owner_of, statement, story
from kernel.kinds._public import BORN_COMMENT, BORN_OWNER
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG = f"""
    SELECT n.oid, n.nspname, pg_catalog.obj_description(n.oid, 'pg_namespace'),
           CASE WHEN n.nspname <> 'public' THEN {owner_of('n.nspowner')}
                WHEN pg_catalog.pg_get_userbyid(n.nspowner) = b.name THEN ''
                ELSE pg_catalog.pg_get_userbyid(n.nspowner) END,
           CASE WHEN n.nspname = 'public' THEN b.name END
      FROM pg_catalog.pg_namespace AS n
CROSS JOIN LATERAL (SELECT {BORN_OWNER}) AS b (name)
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_namespace', 'n.oid')}"""


def read(oid: int, name: str, comment: str | None, owner: str, born: str | None) -> Iterable[Node]:
    """`born` is the role that owns the schema which every database is born with: it goes without saying there, as its comment does."""
    as_born: dict[str, Value] = {"owner": born, "comment": BORN_COMMENT} if born else {}
    yield Node(NodeId("schema", (name,)), {"comment": comment or "", "owner": owner}, hints={"address": address(PG_NAMESPACE, oid), **as_born})


def create(node: Node, scene: Scene) -> Strategy:
    owner = (statement("SCHEMA", scene.name(node.name), node, scene),) if node.hint("owner") and not node.text("owner") else ()
    return Strategy("create", (f"CREATE SCHEMA {scene.name(node.name)}", *made("SCHEMA", node, scene), *owner, *_comment(node, scene)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP SCHEMA {scene.name(node.name)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER SCHEMA {scene.name(before.name)} RENAME TO {scene.name(after.name)}",))


def comment_on(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("comment_on", (f"COMMENT ON SCHEMA {scene.name(after.name)} IS {scene.q.literal(after.text('comment') or None)}",))


def _comment(node: Node, scene: Scene) -> tuple[str, ...]:
    return comment_on(node, node, scene).statements if node.text("comment") else ()


def samples(schema: str) -> tuple[Sample, ...]:
    here = Node(NodeId("schema", ("rehearsed_schema",)), {"comment": ""})
    said = here.with_(comment="kept for a rehearsal")
    other = Node(NodeId("schema", ("renamed_schema",)), {"comment": ""})
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("rename", (here,), (other,), other.id), Sample("change.comment", (here,), (said,), here.id), story((here,), here))


KIND = Kind(
    name="schema",
    doc="A name space inside a database.",
    attributes=(Attribute("comment", "text", "what people should know about it", otherwise=""), OWNER),
    reads=(Read("pg_namespace", PG, read),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={"owner": (give("SCHEMA"),), "comment": (comment_on,)},
    samples=samples,
    rank=0,
    outside=True,
)
