"""Extended statistics: what the server is to find out about several columns together."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import RELATION_KIND, USER_SCHEMA, address, not_member
from kernel.kinds._comments import COMMENT, said, set_comment
from kernel.kinds._comments import story as commented
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_STATISTIC_EXT = "3381"

PG = f"""
    SELECT s.oid, n.nspname, s.stxname, tn.nspname, c.relname, c.relkind, pg_catalog.pg_get_statisticsobjdef(s.oid),
           (pg_catalog.to_jsonb(s) ->> 'stxstattarget')::int, pg_catalog.obj_description(s.oid, 'pg_statistic_ext'), {owner_of('s.stxowner')}
      FROM pg_catalog.pg_statistic_ext AS s
      JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
      JOIN pg_catalog.pg_class AS c ON c.oid = s.stxrelid
      JOIN pg_catalog.pg_namespace AS tn ON tn.oid = c.relnamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_statistic_ext', 's.oid')}
  ORDER BY s.oid"""

_HEAD = re.compile(r'^CREATE STATISTICS (?:"(?:[^"]|"")*"|[^". ]+)(?:\.(?:"(?:[^"]|"")*"|[^". ]+))? ')


def read_pg(oid: int, schema: str, name: str, table_schema: str, table_name: str, relkind: str, text: str, target: int | None,
            comment: str | None, owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"definition": _HEAD.sub("", text),
                                    "target": target if target is not None and target >= 0 else None, "comment": comment or "", "owner": owner}
    relation = NodeId(RELATION_KIND[relkind], (table_schema, table_name))
    yield Node(NodeId("extended_statistics", (schema, name)), attributes, None, frozenset({NodeId("schema", (schema,)), relation}),
               {"address": address(PG_STATISTIC_EXT, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    text = f"CREATE STATISTICS {scene.name(*node.id.path)} {node.text('definition')}"
    target = set_target(node, node, scene).statements if node.get("target") is not None else ()
    return Strategy("create", (text, *target, *made("STATISTICS", node, scene), *said("STATISTICS", node, scene)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP STATISTICS {scene.name(*node.id.path)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER STATISTICS {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))


def set_target(before: Node, after: Node, scene: Scene) -> Strategy:
    target = after.get("target")
    return Strategy("set_target", (f"ALTER STATISTICS {scene.name(*after.id.path)} SET STATISTICS {-1 if target is None else target}",))


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", noted(schema))
    where = f"{schema}.rehearsed" if schema else "rehearsed"

    def statistics(name: str = "together", **attributes: Value) -> Node:
        stated: dict[str, Value] = {"definition": f"(ndistinct) ON id, noted FROM {where}", "target": None, **attributes}
        return Node(NodeId("extended_statistics", (schema, name)), stated, None, frozenset({whole[0].id, whole[1].id, whole[3].id}))
    here = statistics()
    wider = tuple(one.with_(type="varchar(40)") if one.id == whole[3].id else one for one in whole)
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, statistics("renamed")), statistics("renamed").id),
            Sample("change.target", (*whole, here), (*whole, statistics(target=200)), here.id),
            Sample("change.type", (*whole, here), (*wider, here), whole[3].id, "extended_statistics"),
            commented((*whole, here), here), story((*whole, here), here))


KIND = Kind(
    name="extended_statistics",
    doc="What the server is to find out about several columns together.",
    attributes=(
        Attribute("definition", "expression", "all after the name: `(ndistinct) ON a, b FROM t`", spelled=True),
        Attribute("target", "number", "how thoroughly, where it is not as usual"),
        COMMENT, OWNER,
    ),
    reads=(Read("pg_statistic_ext", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={"owner": (give("STATISTICS"),), "target": (set_target,), "comment": (set_comment("STATISTICS"),)},
    samples=samples,
    rank=45,
)
