"""Columns of a domain with conditions, without reading or writing their rows under a strong lock.

A server that adds such a column, or gives one the domain as its type, writes every row anew so as to ask the conditions. So they are taken off the
domain and put back in one transaction, in which the column comes: nobody else ever sees the domain without them. That they hold is certain by
then, for all rows have the same value, or have been looked at beside writers; so it is only said in the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds import _offenders as offenders
from kernel.kinds import domain_check
from kernel.kinds._rehearsal import column
from kernel.kinds._spec import Scene
from kernel.kinds._types import same_type


def of_domain(node: Node, plain: Strategy | None, scene: Scene) -> Strategy | None:
    """The column as the plain way adds it, while its domain asks for nothing; the one value that all rows get is asked for by itself."""
    domains = _domains(node.text("type"), scene.before)
    checks = _checks(domains, scene.before)
    if plain is None or not plain.statements or not checks:
        return None
    value = next((text for one in (node, *domains) if (text := one.text("default"))), "NULL")
    asked = f"SELECT ({value})::{node.text('type')}"
    return replace(plain, name="add_of_domain", statements=(*_without(checks, plain.statements, scene), asked))


def into_domain(before: Node, after: Node, plain: Strategy | None, scene: Scene) -> Strategy | None:
    """Rows are looked at beside writers first, and obey from then on; then the catalog alone says that they are of the domain."""
    domains = _domains(after.text("type"), scene.before)
    checks = _checks(domains, scene.before)
    if plain is None or not plain.statements or not checks or domains[-1].text("type") != before.text("type"):
        return None
    table, here, name = scene.table(after), scene.name(after.name), scene.name("_sqlx_domain")
    off = f"ALTER TABLE {table} DROP CONSTRAINT"
    return replace(plain, name="retype_into_domain", statements=(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ((({here})::{after.text('type')} IS NULL) IS NOT NULL) NOT VALID",
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}",
        ";\n".join((f"{off} {name}", *_without(checks, plain.statements, scene))),
    ), checks=(*plain.checks, *(offenders.rows(after, f"NOT ({domain_check.condition(one, here)})", scene) for one in checks)), loses="", apart=True,
        sweep=(f"{off} IF EXISTS {name}",))


def _domains(type: str, catalog: Catalog) -> tuple[Node, ...]:
    """The domain that a type is, and those that it is made of."""
    found: list[Node] = []
    while here := next((one for one in catalog.of("domain") if same_type(type, one.id) and not type.endswith("[]")), None):
        found.append(here)
        type = here.text("type")
    return tuple(found)


def _checks(domains: Iterable[Node], catalog: Catalog) -> tuple[Node, ...]:
    return tuple(check for one in domains for check in catalog.children(one.id, "domain_check"))


def _without(checks: tuple[Node, ...], statements: tuple[str, ...], scene: Scene) -> tuple[str, ...]:
    """These statements while nobody asks for the conditions."""
    off = (text for one in checks for text in domain_check.drop(one, scene).statements)
    on = (text for one in checks for text in domain_check.add(one.with_(valid=False), scene).statements)
    known = (domain_check.known_to_hold(one, scene) for one in checks if one.get("valid", True))
    return (*off, *statements, *on, *known)


def held(schema: str) -> tuple[Node, ...]:
    """For rehearsals: a column of a domain with a condition, and these two."""
    id = NodeId("domain", (schema, "mood"))
    here = column(schema, "held", type=".".join(id.path))
    domain = Node(id, {"type": "integer", "nullable": True, "default": None, "collation": None})
    check = Node(NodeId("domain_check", (*id.path, "positive")), {"expression": "VALUE > 0"}, id, frozenset({id}))
    return replace(here, depends_on=here.depends_on | {id}), domain, check
