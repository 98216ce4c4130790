"""Extension: a bundle of objects that the server brings along. What belongs to it is not read as objects of its own.

Which version it is of is the server's affair and not compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import address
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_EXTENSION = "3079"

PG = """
    SELECT e.oid, e.extname, n.nspname, nullif(pg_catalog.obj_description(e.oid, 'pg_extension'), a.comment), a.comment
      FROM pg_catalog.pg_extension AS e
      JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
 LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname
     WHERE e.oid >= 16384
  ORDER BY e.oid"""


def read_pg(oid: int, name: str, schema: str, comment: str | None, usual: str | None) -> Iterable[Node]:
    """`usual` is the comment of its makers."""
    attributes: dict[str, Value] = {"schema": schema, "comment": comment or ""}
    yield Node(NodeId("extension", (name,)), attributes, None, frozenset({NodeId("schema", (schema,))}),
               {"address": address(PG_EXTENSION, oid), "usual_comment": usual or ""})


def create(node: Node, scene: Scene) -> Strategy:
    """With what it needs of other extensions in place first."""
    schema = f" SCHEMA {scene.name(node.text('schema'))}" if node.text("schema") else ""
    comment = (_comment(node, scene),) if node.text("comment") else ()
    return Strategy("create", (f"CREATE EXTENSION {scene.name(node.name)}{schema}", *comment))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP EXTENSION {scene.name(node.name)}",))


def move(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Only while nothing stands on it: all that does would be spelled otherwise afterwards."""
    if not after.text("schema") or scene.before.dependants(before.id):
        return None
    return Strategy("move", (f"ALTER EXTENSION {scene.name(after.name)} SET SCHEMA {scene.name(after.text('schema'))}",))


def _comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON EXTENSION {scene.name(node.name)} IS {scene.q.literal(node.text('comment') or node.hint('usual_comment') or None)}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (_comment(after, scene),))


COMMON = ("hstore", "pgcrypto", "citext", "pg_trgm", "btree_gist", "uuid-ossp", "ltree")
"""Extensions that most servers have: the first ones that are there show what can be done."""


def samples(schema: str) -> tuple[Sample, ...]:
    elsewhere = Node(NodeId("schema", ("elsewhere",)), {"comment": ""})

    def stories(name: str) -> Iterable[Sample]:
        here = Node(NodeId("extension", (name,)), {"schema": schema, "comment": ""})
        yield Sample("add", (), (here,), here.id)
        yield Sample("drop", (here,), (), here.id)
        yield Sample("change.comment", (here,), (here.with_(comment="said"),), here.id)
        yield Sample("change.schema", (here, elsewhere), (here.with_(schema="elsewhere"), elsewhere), here.id)
    return tuple(one for name in COMMON for one in stories(name))


KIND = Kind(
    name="extension",
    doc="A bundle of objects that the server brings along.",
    attributes=(Attribute("schema", "text", "where its objects are", otherwise="public"),
                Attribute("comment", "text", "what people should know about it, where that is not what its makers say", otherwise="")),
    reads=(Read("pg_extension", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    change={"schema": (move,), "comment": (set_comment,)},
    samples=samples,
    rank=1,
    outside=True,
    shorthand="schema",
    depends=lambda node: frozenset({NodeId("schema", (node.text("schema"),))} if node.text("schema") else ()),
)
