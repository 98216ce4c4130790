"""User mapping: who a role is on a foreign server. Passwords are not read."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _foreign as foreign
from kernel.kinds._catalogs import address
from kernel.kinds._ownership import EVERYBODY, unless_own
from kernel.kinds._spec import Kind, Read, Sample, Scene

PG_USER_MAPPING = "1418"

PG = f"""
    SELECT m.umid, m.srvname, CASE m.umuser WHEN 0 THEN '{EVERYBODY}' ELSE {unless_own('m.usename')} END, m.umoptions
      FROM pg_catalog.pg_user_mappings AS m
  ORDER BY m.umid"""

ME = "CURRENT_USER"


def read_pg(oid: int, server: str, user: str, options: object) -> Iterable[Node]:
    owner = NodeId("foreign_server", (server,))
    yield Node(NodeId("user_mapping", (server, user or ME)), {**foreign.options(options)}, owner, frozenset({owner}),
               {"address": address(PG_USER_MAPPING, oid)})


def _whose(node: Node, scene: Scene) -> str:
    server, user = node.id.path
    return f"USER MAPPING FOR {user if user in (ME, EVERYBODY) else scene.name(user)} SERVER {scene.name(server)}"


def create(node: Node, scene: Scene) -> Strategy | None:
    if node.names("secrets"):
        return None
    return Strategy("create", (f"CREATE {_whose(node, scene)}{foreign.clause(node.names('options'), scene)}",))


def drop(node: Node, scene: Scene) -> Strategy:
    loses = f"the password of {node.id.label}" if node.names("secrets") else ""
    return Strategy("drop", (f"DROP {_whose(node, scene)}",), loses=loses)


def set_options(before: Node, after: Node, scene: Scene) -> Strategy:
    said = foreign.changed(before.names("options"), after.names("options"), scene)
    return Strategy("set_options", (f"ALTER {_whose(after, scene)}{said}",))


def samples(schema: str) -> tuple[Sample, ...]:
    wrapper = Node(NodeId("foreign_data_wrapper", ("rehearsed",)), {})
    server = Node(NodeId("foreign_server", ("elsewhere",)), {"wrapper": wrapper.name}, None, frozenset({wrapper.id}))
    whole = (wrapper, server)

    def mapping(**attributes: Value) -> Node:
        return Node(NodeId("user_mapping", (server.name, EVERYBODY)), {"options": (), **attributes}, server.id, frozenset({server.id}))
    here = mapping()
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("change.options", (*whole, here), (*whole, mapping(options=("user=somebody",))), here.id))


KIND = Kind(
    name="user_mapping",
    doc="Who a role is on a foreign server.",
    attributes=(foreign.OPTIONS, foreign.SECRETS,),
    reads=(Read("pg_user_mappings", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    change={"options": (set_options,)},
    samples=samples,
    rank=8,
    section="user_mappings",
    parent="foreign_server",
    shorthand="options",
)
