"""Subscription: this database follows publications of another server.

One that runs is neither made nor woken up by sqlx: that would reach out to the other server, from a rehearsal too. A password
in its connection is never read, and what has one is not made again without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import address, texts
from kernel.kinds._comments import COMMENT, said, set_comment
from kernel.kinds._comments import story as commented
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_SUBSCRIPTION = "6100"

PASSWORD = r"password\s*=\s*(''(?:[^'']|\\'')*''|\S+)"

PG = f"""
    SELECT s.oid, s.subname, pg_catalog.regexp_replace(s.subconninfo, '{PASSWORD}', '', 'gi'), s.subconninfo ~* 'password\\s*=',
           pg_catalog.to_jsonb(s) - 'subconninfo', s.subpublications, pg_catalog.obj_description(s.oid, 'pg_subscription'), {owner_of('s.subowner')}
      FROM pg_catalog.pg_subscription AS s
      JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = current_database()
  ORDER BY s.oid"""

STREAMING = {"f": "off", "t": "on", "p": "parallel", False: "off", True: "on"}

OPTIONS = (("subbinary", "binary", False), ("substream", "streaming", None), ("subsynccommit", "synchronous_commit", "off"),
           ("subtwophasestate", "two_phase", "d"), ("subdisableonerr", "disable_on_error", False), ("subpasswordrequired", "password_required", True),
           ("subrunasowner", "run_as_owner", False), ("suborigin", "origin", "any"), ("subfailover", "failover", False))
"""The column of the catalog, the option's name, and what it is where nobody said anything."""


def read_pg(oid: int, name: str, connection: str, secret: bool, row: Mapping[str, Any], publications: object, comment: str | None,
            owner: str) -> Iterable[Node]:
    """The row has what this server knows of a subscription."""
    stated = {option: _word(column, row[column]) for column, option, usual in OPTIONS if column in row and row[column] != usual}
    attributes: dict[str, Value] = {
        "password": secret, "connection": " ".join(connection.split()), "publications": tuple(sorted(texts(publications))),
        "enabled": row["subenabled"],
        "slot": row["subslotname"] or "", "options": tuple(f"{key}={value}" for key, value in sorted(stated.items())),
        "comment": comment or "", "owner": owner}
    yield Node(NodeId("subscription", (name,)), attributes, None, frozenset(), {"address": address(PG_SUBSCRIPTION, oid)})


def _word(column: str, value: Any) -> str:
    if column == "substream":
        return STREAMING[value]
    if column == "subtwophasestate":
        return "true"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _options(pairs: Iterable[str], scene: Scene) -> str:
    parts = (one.partition("=") for one in pairs)
    return ", ".join(f"{key} = {scene.q.literal(value)}" for key, _, value in parts)


def _slot(node: Node, scene: Scene) -> str:
    return f"slot_name = {scene.q.literal(node.text('slot')) if node.text('slot') else 'NONE'}"


def create_asleep(node: Node, scene: Scene) -> Strategy | None:
    if node.flag("enabled") or node.flag("password"):
        return None
    more = f", {_options(node.names('options'), scene)}" if node.names("options") else ""
    text = (f"CREATE SUBSCRIPTION {scene.name(node.name)} CONNECTION {scene.q.literal(node.text('connection'))}"
            f" PUBLICATION {scene.names(node.names('publications'))} WITH (connect = false, {_slot(node, scene)}{more})")
    return Strategy("create_asleep", (text, *made("SUBSCRIPTION", node, scene), *said("SUBSCRIPTION", node, scene)))


def drop_without_slot(node: Node, scene: Scene) -> Strategy:
    """The slot on the other server stays: it is not reached from here."""
    here = f"ALTER SUBSCRIPTION {scene.name(node.name)}"
    return Strategy("drop_without_slot", (f"{here} DISABLE", f"{here} SET (slot_name = NONE)", f"DROP SUBSCRIPTION {scene.name(node.name)}"),
                    loses=f"how far subscription {node.name} has followed" if node.flag("enabled") else "")


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER SUBSCRIPTION {scene.name(before.name)} RENAME TO {scene.name(after.name)}",))


def set_connection(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if after.flag("enabled") or before.flag("password") or after.flag("password"):
        return None
    text = f"ALTER SUBSCRIPTION {scene.name(after.name)} CONNECTION {scene.q.literal(after.text('connection'))}"
    return Strategy("set_connection", (text,))


def set_publications(before: Node, after: Node, scene: Scene) -> Strategy:
    text = f"ALTER SUBSCRIPTION {scene.name(after.name)} SET PUBLICATION {scene.names(after.names('publications'))} WITH (refresh = false)"
    return Strategy("set_publications", (text,))


def set_options(before: Node, after: Node, scene: Scene) -> Strategy:
    usual = {option: _word(column, False if value is None else value) for column, option, value in OPTIONS}
    now = {one.partition("=")[0] for one in after.names("options")}
    back = [f"{name}={usual[name]}" for name in (one.partition("=")[0] for one in before.names("options")) if name not in now]
    return Strategy("set_options", (f"ALTER SUBSCRIPTION {scene.name(after.name)} SET ({_options((*after.names('options'), *back), scene)})",))


def set_slot(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_slot", (f"ALTER SUBSCRIPTION {scene.name(after.name)} SET ({_slot(after, scene)})",))


def put_to_sleep(before: Node, after: Node, scene: Scene) -> Strategy | None:
    return None if after.flag("enabled") else Strategy("put_to_sleep", (f"ALTER SUBSCRIPTION {scene.name(after.name)} DISABLE",))


def samples(schema: str) -> tuple[Sample, ...]:
    def subscription(name: str = "followed", **attributes: Value) -> Node:
        stated: dict[str, Value] = {"connection": "dbname=nowhere", "publications": ("published",), "enabled": False, "slot": "", "options": ()}
        return Node(NodeId("subscription", (name,)), {**stated, **attributes})
    here = subscription()
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("rename", (here,), (subscription("renamed"),), subscription("renamed").id),
            Sample("change.connection", (here,), (subscription(connection="dbname=elsewhere"),), here.id),
            Sample("change.publications", (here,), (subscription(publications=("others", "published")),), here.id),
            Sample("change.options", (here,), (subscription(options=("synchronous_commit=on",)),), here.id),
            Sample("change.slot", (here,), (subscription(slot="kept"),), here.id),
            commented((here,), here), story((here,), here))


KIND = Kind(
    name="subscription",
    doc="This database follows publications of another server.",
    attributes=(
        Attribute("connection", "text", "where the other server is, without a password"),
        Attribute("password", "flag", "the connection has one, which is not read", otherwise=False),
        Attribute("publications", "names", "what is followed"),
        Attribute("enabled", "flag", "it runs", otherwise=True),
        Attribute("slot", "text", "the replication slot on the other server", otherwise=""),
        Attribute("options", "names", "further options, `name=value`", otherwise=()),
        COMMENT, OWNER,
    ),
    reads=(Read("pg_subscription", PG, read_pg),),
    add=(create_asleep,),
    drop=(drop_without_slot,),
    rename=(rename,),
    change={
        "owner": (give("SUBSCRIPTION"),),
        "enabled": (put_to_sleep,),
        "connection": (set_connection,),
        "publications": (set_publications,),
        "options": (set_options,),
        "slot": (set_slot,),
        "comment": (set_comment("SUBSCRIPTION"),),
    },
    samples=samples,
    untold=("change.enabled",),
    rank=82,
    outside=True,
)
