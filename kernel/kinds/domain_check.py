"""Domain check: a condition that every value of a domain meets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _offenders as offenders
from kernel.kinds._catalogs import PG_CONSTRAINT, USER_SCHEMA, address, not_member
from kernel.kinds._constraints import COMMENT, DEFINITION
from kernel.kinds._rehearsal import column, table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds._stored_text import instead
from kernel.kinds._types import columns_of, same_type

PG = f"""
    SELECT c.oid, n.nspname, t.typname, c.conname, pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(c.oid), ' NOT VALID$', ''),
           c.convalidated, pg_catalog.obj_description(c.oid, 'pg_constraint')
      FROM pg_catalog.pg_constraint AS c
      JOIN pg_catalog.pg_type AS t ON t.oid = c.contypid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
     WHERE c.contype = 'c' AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_type', 't.oid')}
  ORDER BY c.oid"""


def read_pg(oid: int, schema: str, domain: str, name: str, definition: str, valid: bool, comment: str | None) -> Iterable[Node]:
    attributes: dict[str, Value] = {"definition": definition, "valid": valid, "comment": comment or ""}
    yield _node(schema, domain, name, attributes, {"address": address(PG_CONSTRAINT, oid)})


def _node(schema: str, domain: str, name: str, attributes: dict[str, Value], hints: dict[str, Value]) -> Node:
    owner = NodeId("domain", (schema, domain))
    return Node(NodeId("domain_check", (schema, domain, name)), attributes, owner, frozenset({owner}), hints)


def clause(node: Node, scene: Scene) -> str:
    return f"CONSTRAINT {scene.name(node.name)} {node.text('definition') or 'CHECK (' + node.text('expression') + ')'}"


def comments(node: Node, scene: Scene) -> tuple[str, ...]:
    return (_comment(node, scene),) if node.text("comment") else ()


def _comment(node: Node, scene: Scene) -> str:
    said = scene.q.literal(node.text("comment") or None)
    return f"COMMENT ON CONSTRAINT {scene.name(node.name)} ON DOMAIN {scene.name(*node.id.path[:2])} IS {said}"


def _alter(node: Node, action: str, scene: Scene) -> str:
    return f"ALTER DOMAIN {scene.name(*node.id.path[:2])} {action}"


def add(node: Node, scene: Scene) -> Strategy:
    tail = "" if node.get("valid", True) else " NOT VALID"
    return _over_rows(Strategy("add", (_alter(node, f"ADD {clause(node, scene)}{tail}", scene), *comments(node, scene))), node, scene)


def _over_rows(made: Strategy, node: Node, scene: Scene) -> Strategy:
    """It has to do with the rows of all tables that have such columns."""
    columns = _columns(node.id.path[:2], scene.before)
    plain = [one for one in columns if not one.text("type").endswith("[]")] if node.get("valid", True) else []
    checks = tuple(offenders.rows(one, f"NOT ({condition(node, scene.name(one.name))})", scene) for one in plain)
    return replace(made, over=frozenset(one.parent for one in columns if one.parent), checks=checks)


def _columns(domain: tuple[str, ...], catalog: Catalog) -> tuple[Node, ...]:
    """The columns of this domain, and of domains that are made of it; of tables with partitions alone, not of these."""
    id = NodeId("domain", domain)
    below = (column for one in catalog.of("domain") if same_type(one.text("type"), id) for column in _columns(one.id.path, catalog))
    return tuple(one for one in (*columns_of(id, catalog), *below) if not inheritance.models(one, catalog))


def condition(check: Node, column: str) -> str:
    """What it asks of a column."""
    said = check.text("expression") or check.text("definition").removeprefix("CHECK ")
    return instead(said, "VALUE", column)


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (_alter(node, f"DROP CONSTRAINT {scene.name(node.name)}", scene),))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (_alter(before, f"RENAME CONSTRAINT {scene.name(before.name)} TO {scene.name(after.name)}", scene),))


def validate(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if not after.get("valid", True):
        return None
    return _over_rows(Strategy("validate", (_alter(after, f"VALIDATE CONSTRAINT {scene.name(after.name)}", scene),)), after, scene)


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (_comment(after, scene),))


def samples(schema: str) -> tuple[Sample, ...]:
    domain = Node(NodeId("domain", (schema, "mood")), {"type": "integer", "nullable": True, "default": None})

    def check(name: str = "positive", **attributes: Value) -> Node:
        return _node(schema, "mood", name, {"expression": "VALUE > 0", **attributes}, {})
    here = check()
    held = column(schema, "held", type=f"{schema}.mood")
    rows = table(schema, "rehearsed", replace(held, depends_on=held.depends_on | {domain.id}))
    return (Sample("add", (domain, *rows), (domain, here, *rows), here.id),
            Sample("change.valid", (domain, check(valid=False), *rows), (domain, check(valid=True), *rows), here.id),
            Sample("add", (domain,), (domain, here), here.id), Sample("drop", (domain, here), (domain,), here.id),
            Sample("rename", (domain, here), (domain, check("renamed")), check("renamed").id),
            Sample("change.valid", (domain, check(valid=False)), (domain, check(valid=True)), here.id),
            Sample("change.comment", (domain, here), (domain, check(comment="said")), here.id))


KIND = Kind(
    name="domain_check",
    doc="A condition that every value of a domain meets; it calls the value VALUE.",
    attributes=(Attribute("expression", "expression", "the condition", spelled=True), DEFINITION,
                Attribute("valid", "flag", "values that were there before were looked at", otherwise=True), COMMENT),
    reads=(Read("pg_constraint", PG, read_pg),),
    add=(add,),
    drop=(drop,),
    rename=(rename,),
    change={"valid": (validate,), "comment": (set_comment,)},
    samples=samples,
    binds=lambda node: True,
    rank=6,
    section="checks",
    parent="domain",
    shorthand="expression",
)
