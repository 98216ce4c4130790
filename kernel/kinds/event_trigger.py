"""Event trigger: a function that runs when somebody changes the schema. It is made last: it would run for our own changes too."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import address, texts
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds.trigger import FIRES

PG_EVENT_TRIGGER = "3466"

PG = f"""
    SELECT v.oid, v.evtname, v.evtevent, v.evttags, v.evtfoid::pg_catalog.regproc::text, v.evtenabled::text,
           pg_catalog.obj_description(v.oid, 'pg_event_trigger'), {owner_of('v.evtowner')}
      FROM pg_catalog.pg_event_trigger AS v
     WHERE v.evtname !~ '^_sqlx_' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e
           WHERE e.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND e.objid = v.oid AND e.deptype = 'e')
  ORDER BY v.oid"""

_ACTION = {"origin": "ENABLE", "disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}


def read_pg(oid: int, name: str, event: str, tags: object, function: str, fires: str, comment: str | None, owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"event": event, "tags": texts(tags), "function": function, "fires": FIRES[fires], "comment": comment or "",
                                    "owner": owner}
    yield Node(NodeId("event_trigger", (name,)), attributes, hints={"address": address(PG_EVENT_TRIGGER, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    tags = f" WHEN TAG IN ({', '.join(map(scene.q.literal, node.names('tags')))})" if node.names("tags") else ""
    text = f"CREATE EVENT TRIGGER {scene.name(node.name)} ON {node.text('event')}{tags} EXECUTE FUNCTION {node.text('function')}()"
    fires = (_fires(node, scene),) if node.text("fires") not in ("", "origin") else ()
    comment = (_comment(node, scene),) if node.text("comment") else ()
    return Strategy("create", (text, *fires, *made("EVENT TRIGGER", node, scene), *comment))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP EVENT TRIGGER {scene.name(node.name)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER EVENT TRIGGER {scene.name(before.name)} RENAME TO {scene.name(after.name)}",))


def _fires(node: Node, scene: Scene) -> str:
    return f"ALTER EVENT TRIGGER {scene.name(node.name)} {_ACTION[node.text('fires') or 'origin']}"


def set_fires(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_fires", (_fires(after, scene),))


def _comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON EVENT TRIGGER {scene.name(node.name)} IS {scene.q.literal(node.text('comment') or None)}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (_comment(after, scene),))


def samples(schema: str) -> tuple[Sample, ...]:
    function = Node(NodeId("function", (schema, "notices()")), {
        "arguments": "", "returns": "event_trigger", "language": "plpgsql", "body": "BEGIN END"})

    def trigger(name: str = "noticed", **attributes: Value) -> Node:
        said: dict[str, Value] = {"event": "ddl_command_start", "tags": ("CREATE TABLE",), "function": f"{schema}.notices", "comment": ""}
        return Node(NodeId("event_trigger", (name,)), {**said, **attributes})
    here, renamed = trigger(), trigger("renamed")
    return (Sample("add", (function,), (function, here), here.id), Sample("drop", (function, here), (function,), here.id),
            Sample("rename", (function, here), (function, renamed), renamed.id),
            Sample("change.fires", (function, here), (function, trigger(fires="disabled")), here.id),
            Sample("change.comment", (function, here), (function, trigger(comment="said")), here.id), story((function, here), here))


KIND = Kind(
    name="event_trigger",
    doc="A function that runs when somebody changes the schema.",
    attributes=(
        Attribute("event", "text", "`ddl_command_start` and the like"),
        Attribute("tags", "names", "the commands that it runs for; all, if none is named", otherwise=()),
        Attribute("function", "text", "the function that it runs", spelled=True),
        Attribute("fires", "text", "`origin`, `replica`, `always` or `disabled`: in which sessions it runs", otherwise="origin"),
        Attribute("comment", "text", "what people should know about it", otherwise=""), OWNER,
    ),
    reads=(Read("pg_event_trigger", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={"fires": (set_fires,), "comment": (set_comment,), "owner": (give("EVENT TRIGGER"),)},
    samples=samples,
    rank=97,
    outside=True,
    listens=True,
)
