"""Foreign server: a place where data lies that can be read from here."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _foreign as foreign
from kernel.kinds._catalogs import address, not_member
from kernel.kinds._comments import COMMENT, said, set_comment
from kernel.kinds._comments import story as commented
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_FOREIGN_SERVER = "1417"

PG = f"""
    SELECT s.oid, s.srvname, f.fdwname, s.srvtype, s.srvversion, s.srvoptions, pg_catalog.obj_description(s.oid, 'pg_foreign_server'),
           {owner_of('s.srvowner')}
      FROM pg_catalog.pg_foreign_server AS s
      JOIN pg_catalog.pg_foreign_data_wrapper AS f ON f.oid = s.srvfdw
     WHERE {not_member('pg_catalog.pg_foreign_server', 's.oid')}
  ORDER BY s.oid"""


def read_pg(oid: int, name: str, wrapper: str, type: str | None, version: str | None, options: object, comment: str | None,
            owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"wrapper": wrapper, "type": type or "", "version": version, **foreign.options(options), "comment": comment or "",
                                    "owner": owner}
    yield Node(NodeId("foreign_server", (name,)), attributes, None, frozenset({NodeId("foreign_data_wrapper", (wrapper,))}),
               {"address": address(PG_FOREIGN_SERVER, oid)})


def create(node: Node, scene: Scene) -> Strategy | None:
    if node.names("secrets"):
        return None
    type = f" TYPE {scene.q.literal(node.text('type'))}" if node.text("type") else ""
    version = f" VERSION {scene.q.literal(node.text('version'))}" if node.get("version") is not None else ""
    text = (f"CREATE SERVER {scene.name(node.name)}{type}{version} FOREIGN DATA WRAPPER {scene.name(node.text('wrapper'))}"
            f"{foreign.clause(node.names('options'), scene)}")
    return Strategy("create", (text, *made("SERVER", node, scene), *said("SERVER", node, scene)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP SERVER {scene.name(node.name)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER SERVER {scene.name(before.name)} RENAME TO {scene.name(after.name)}",))


def set_version(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A version can be changed, and not taken off."""
    if after.get("version") is None:
        return None
    return Strategy("set_version", (f"ALTER SERVER {scene.name(after.name)} VERSION {scene.q.literal(after.text('version'))}",))


def samples(schema: str) -> tuple[Sample, ...]:
    wrapper = Node(NodeId("foreign_data_wrapper", ("rehearsed",)), {})

    def server(name: str = "elsewhere", **attributes: Value) -> Node:
        stated: dict[str, Value] = {"wrapper": wrapper.name, "type": "", "version": "1", "options": (), **attributes}
        return Node(NodeId("foreign_server", (name,)), stated, None, frozenset({wrapper.id}))
    here = server()
    return (Sample("add", (wrapper,), (wrapper, here), here.id), Sample("drop", (wrapper, here), (wrapper,), here.id),
            Sample("rename", (wrapper, here), (wrapper, server("renamed")), server("renamed").id),
            Sample("change.options", (wrapper, here), (wrapper, server(options=("host=there",))), here.id),
            Sample("change.version", (wrapper, here), (wrapper, server(version="2")), here.id),
            commented((wrapper, here), here), story((wrapper, here), here))


KIND = Kind(
    name="foreign_server",
    doc="A place where data lies that can be read from here.",
    attributes=(
        Attribute("wrapper", "text", "the foreign data wrapper that reaches it"),
        Attribute("type", "text", "what it is, for the wrapper", otherwise=""),
        Attribute("version", "text", "which version of it, for the wrapper"),
        foreign.OPTIONS, foreign.SECRETS, COMMENT, OWNER,
    ),
    reads=(Read("pg_foreign_server", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={
        "owner": (give("SERVER"),),
        "version": (set_version,),
        "options": (foreign.set_options("SERVER"),),
        "comment": (set_comment("SERVER"),),
    },
    samples=samples,
    rank=7,
    outside=True,
)
