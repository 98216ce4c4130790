"""Default privilege: what a role may do with objects that somebody makes from now on.

Its path is the schema (`*` where it holds in all of them) and a name that says of which objects it speaks: `TABLES TO reader`, or
`TABLES OF maker TO reader` where those of another role than the connected one are meant.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds import _privileges as privileges
from kernel.kinds._catalogs import texts
from kernel.kinds._ownership import ANOTHER, EVERYWHERE, default_of, owner_of, said_of_default
from kernel.kinds._spec import Kind, Read, Sample, Scene

PG = f"""
    WITH o (oid, schema, maker, owner, sort, acl, anyway, every) AS (
    SELECT d.oid, n.nspname, {owner_of('d.defaclrole')}, d.defaclrole, d.defaclobjtype, d.defaclacl,
           CASE WHEN d.defaclnamespace = 0 THEN a.born ELSE pg_catalog.acldefault('c', d.defaclrole) END, a.born
      FROM pg_catalog.pg_default_acl AS d
      LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
     CROSS JOIN LATERAL (SELECT pg_catalog.acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)) AS a (born))
    SELECT coalesce(o.schema::text, ''), o.maker, o.sort, {privileges.items('o.acl')},
           {privileges.items('o.anyway')},
           (SELECT pg_catalog.array_agg(x.privilege_type) FROM pg_catalog.aclexplode(o.every) AS x WHERE x.grantee = o.owner)
      FROM o ORDER BY 1, 2, 3"""

OBJECTS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES", "n": "SCHEMAS", "L": "LARGE OBJECTS"}


def read_pg(schema: str, maker: str, sort: str, said: object, anyway: object, every: object) -> Iterable[Node]:
    owner = NodeId("schema", (schema,)) if schema else None
    for grantee, attributes in privileges.told(said, anyway, texts(every)):
        path = (schema or EVERYWHERE, said_of_default(OBJECTS[sort], maker, grantee))
        yield Node(NodeId("default_privilege", path), attributes, None, frozenset({owner} if owner else ()), {"everywhere": True})


def _render(way: str, before: Node | None, after: Node | None, scene: Scene) -> Strategy | None:
    node = after or before
    if node is None:
        return None
    schema, name = node.id.path
    objects, whose, grantee = default_of(name)
    if not objects:
        return None
    where = (f"ALTER DEFAULT PRIVILEGES {f'FOR ROLE {scene.name(whose)} ' if whose else ''}"
             f"{f'IN SCHEMA {scene.name(schema)} ' if schema != EVERYWHERE else ''}")
    return privileges.strategy(way, privileges.statements(before, after, f"ON {objects}", privileges.grantee(grantee, whose, scene), where))


def give(node: Node, scene: Scene) -> Strategy | None:
    return _render("give", None, node, scene)


def take(node: Node, scene: Scene) -> Strategy | None:
    return _render("take", node, None, scene)


def change(before: Node, after: Node, scene: Scene) -> Strategy | None:
    return _render("change", before, after, scene)


def samples(schema: str) -> tuple[Sample, ...]:
    def default(*granted: str, **attributes: tuple[str, ...]) -> Node:
        return Node(NodeId("default_privilege", (schema, said_of_default("TABLES", "", ANOTHER))),
                    {"granted": granted, "grantable": (), "revoked": (), **attributes})
    here = default("SELECT")
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("change.granted", (here,), (default("UPDATE"),), here.id),
            Sample("change.grantable", (here,), (default("SELECT", grantable=("SELECT",)),), here.id))


KIND = Kind(
    name="default_privilege",
    doc="What a role may do with objects that are made from now on. The name says with which ones: `TABLES TO reader`, or `TABLES OF maker TO reader`"
        " for what another role makes; `PUBLIC` is everybody, and `schema: '*'` every schema.",
    attributes=privileges.ATTRIBUTES,
    reads=(Read("pg_default_acl", PG, read_pg),),
    add=(give,),
    drop=(take,),
    change=dict.fromkeys(privileges.changes(), (change,)),
    samples=samples,
    untold=("change.revoked",),
    rank=95,
)
