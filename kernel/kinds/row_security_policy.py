"""Row security policy: which rows of a table a role may see and write."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import USER_SCHEMA, address, not_member, of_table, texts
from kernel.kinds._comments import COMMENT, said, set_comment, story
from kernel.kinds._ownership import ANOTHER, EVERYBODY
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_POLICY = "3256"

PG = f"""
    SELECT p.oid, n.nspname, c.relname, p.polname, p.polpermissive, p.polcmd,
           (SELECT pg_catalog.array_agg(CASE r.oid WHEN 0 THEN '{EVERYBODY}' ELSE pg_catalog.pg_get_userbyid(r.oid)::text END)
              FROM pg_catalog.unnest(p.polroles) AS r (oid)),
           pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
           pg_catalog.obj_description(p.oid, 'pg_policy')
      FROM pg_catalog.pg_policy AS p
      JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
  ORDER BY p.oid"""

COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


def read_pg(oid: int, schema: str, table: str, name: str, permissive: bool, command: str, roles: object, using: str | None, check: str | None,
            comment: str | None) -> Iterable[Node]:
    attributes: dict[str, Value] = {"command": COMMANDS[command], "restrictive": not permissive, "roles": tuple(sorted(texts(roles))),
                                    "using": using or "", "check": check or "", "comment": comment or ""}
    yield of_table("row_security_policy", schema, table, name, attributes, address=address(PG_POLICY, oid))


def _named(node: Node, scene: Scene) -> str:
    return f"{scene.name(node.name)} ON {scene.table(node)}"


def _clauses(node: Node, scene: Scene) -> str:
    roles = ", ".join(one if one == EVERYBODY else scene.name(one) for one in node.names("roles") or (EVERYBODY,))
    words = [f" TO {roles}"]
    words += [f" USING ({node.text('using')})"] if node.text("using") else []
    words += [f" WITH CHECK ({node.text('check')})"] if node.text("check") else []
    return "".join(words)


def create(node: Node, scene: Scene) -> Strategy:
    sort = f" AS {'RESTRICTIVE' if node.flag('restrictive') else 'PERMISSIVE'} FOR {node.text('command') or 'ALL'}"
    return Strategy("create", (f"CREATE POLICY {_named(node, scene)}{sort}{_clauses(node, scene)}", *said("POLICY", node, scene, _named)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP POLICY {_named(node, scene)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER POLICY {_named(before, scene)} RENAME TO {scene.name(after.name)}",))


def alter(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A condition can be changed, and not taken off."""
    if any(before.text(one) and not after.text(one) for one in ("using", "check")):
        return None
    return Strategy("alter", (f"ALTER POLICY {_named(after, scene)}{_clauses(after, scene)}",), attributes=("roles", "using", "check"))


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", noted(schema))

    def policy(name: str = "own_rows", **attributes: Value) -> Node:
        stated: dict[str, Value] = {"command": "ALL", "restrictive": False, "roles": (EVERYBODY,), "using": "noted = 'x'", "check": ""}
        return of_table("row_security_policy", schema, "rehearsed", name, {**stated, **attributes}, ("noted",))
    here = policy()
    wider = tuple(one.with_(type="varchar(40)") if one.id == whole[3].id else one for one in whole)
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, policy("renamed")), policy("renamed").id),
            Sample("change.using", (*whole, here), (*whole, policy(using="noted = 'y'")), here.id),
            Sample("change.check", (*whole, here), (*whole, policy(check="noted = 'y'")), here.id),
            Sample("change.roles", (*whole, here), (*whole, policy(roles=(ANOTHER,))), here.id),
            Sample("change.type", (*whole, here), (*wider, here), whole[3].id, "row_security_policy"),
            story((*whole, here), here))


KIND = Kind(
    name="row_security_policy",
    doc="Which rows of a table a role may see and write. It holds where the table's `row_security` is on.",
    attributes=(
        Attribute("command", "text", "`ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`", otherwise="ALL"),
        Attribute("restrictive", "flag", "rows must meet it whatever else allows them", otherwise=False),
        Attribute("roles", "names", "for whom it holds", otherwise=(EVERYBODY,)),
        Attribute("using", "expression", "rows that can be seen, changed and deleted", otherwise="", spelled=True),
        Attribute("check", "expression", "rows that can be written, where that is something else", otherwise="", spelled=True),
        COMMENT,
    ),
    reads=(Read("pg_policy", PG, read_pg, of=(1, 2)),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={**dict.fromkeys(("roles", "using", "check"), (alter,)), "comment": (set_comment("POLICY", _named),)},
    samples=samples,
    binds=lambda node: True,
    guards=True,
    rank=75,
    section="policies",
    parent="table",
)
