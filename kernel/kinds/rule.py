"""Rule: what the server does instead of, or besides, a statement on a table or a view."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import RELATION_KIND, USER_SCHEMA, address, not_member, of_table
from kernel.kinds._comments import COMMENT, said, set_comment, story
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_REWRITE = "2618"

PG = f"""
    SELECT r.oid, n.nspname, c.relname, c.relkind, r.rulename, pg_catalog.pg_get_ruledef(r.oid), r.ev_enabled,
           pg_catalog.obj_description(r.oid, 'pg_rewrite')
      FROM pg_catalog.pg_rewrite AS r
      JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE r.rulename <> '_RETURN' AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
  ORDER BY r.oid"""

FIRES = {"O": "", "D": "disabled", "R": "replica", "A": "always"}


def read_pg(oid: int, schema: str, relation: str, relkind: str, name: str, text: str, enabled: str, comment: str | None) -> Iterable[Node]:
    attributes: dict[str, Value] = {"definition": re.sub(r"^.*? AS\s+ON ", "ON ", text, count=1, flags=re.S).rstrip().rstrip(";"),
                                    "fires": FIRES[enabled], "comment": comment or ""}
    node = of_table("rule", schema, relation, name, attributes, address=address(PG_REWRITE, oid))
    owner = NodeId(RELATION_KIND[relkind], (schema, relation))
    yield replace(node, parent=owner, depends_on=frozenset({owner}))


def _named(node: Node, scene: Scene) -> str:
    return f"{scene.name(node.name)} ON {scene.table(node)}"


def create(node: Node, scene: Scene) -> Strategy:
    text = f"CREATE RULE {scene.name(node.name)} AS {node.text('definition')}"
    fires = set_fires(node, node, scene).statements if node.text("fires") else ()
    return Strategy("create", (text, *fires, *said("RULE", node, scene, _named)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP RULE {_named(node, scene)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER RULE {_named(before, scene)} RENAME TO {scene.name(after.name)}",))


def replace_in_place(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("replace_in_place", (f"CREATE OR REPLACE RULE {scene.name(after.name)} AS {after.text('definition')}",))


def set_fires(before: Node, after: Node, scene: Scene) -> Strategy:
    word = {"": "ENABLE", "disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}[after.text("fires")]
    return Strategy("set_fires", (f"ALTER TABLE {scene.table(after)} {word} RULE {scene.name(after.name)}",))


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", noted(schema))
    where = f"{schema}.rehearsed" if schema else "rehearsed"

    def rule(name: str = "kept", when: str = "old.noted = 'x'", **attributes: Value) -> Node:
        stated: dict[str, Value] = {"definition": f"ON DELETE TO {where} WHERE ({when}) DO INSTEAD NOTHING", "fires": "", **attributes}
        return of_table("rule", schema, "rehearsed", name, stated, ("noted",))
    here = rule()
    wider = tuple(one.with_(type="varchar(40)") if one.id == whole[3].id else one for one in whole)
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, rule("renamed")), rule("renamed").id),
            Sample("change.definition", (*whole, here), (*whole, rule(when="old.noted = 'y'")), here.id),
            Sample("change.fires", (*whole, here), (*whole, rule(fires="disabled")), here.id),
            Sample("change.type", (*whole, here), (*wider, here), whole[3].id, "rule"),
            story((*whole, here), here))


KIND = Kind(
    name="rule",
    doc="What the server does instead of, or besides, a statement on a table.",
    attributes=(
        Attribute("definition", "expression", "all after AS", spelled=True),
        Attribute("fires", "text", "`disabled`, `replica` or `always`, where it is not as usual", otherwise=""),
        COMMENT,
    ),
    reads=(Read("pg_rewrite", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={"definition": (replace_in_place,), "fires": (set_fires,), "comment": (set_comment("RULE", _named),)},
    samples=samples,
    binds=lambda node: True,
    guards=True,
    reacts=True,
    rank=74,
    section="rules",
    parent="table",
    also=("view", "materialized_view"),
)
