"""Grant: what a role may do with an object, where that is not what it may do anyway.

One for each object and grantee. Who granted it is not kept: whoever applies a plan grants in the name of the owner.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _privileges as privileges
from kernel.kinds._catalogs import USER_SCHEMA, address, not_member, texts
from kernel.kinds._identity import counter_name
from kernel.kinds._ownership import ANOTHER, EVERYBODY, OF_COUNTER, THE_OWNER
from kernel.kinds._public import BORN_RIGHTS
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._spec import Kind, Read, Sample, Scene

COUNTED = """
    SELECT d.objid, d.refobjid, d.refobjsubid, ARRAY[n.nspname, c.relname, a.attname]::text[]
      FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attidentity <> ''
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'i'"""
"""Each sequence that is a column's own, with the address and the path of that column: no object stands for such a sequence, so its column does."""

PG = f"""
    WITH o (class, oid, part, name, of_column, owner, acl, anyway) AS (
    SELECT 1259, coalesce(i.oid, c.oid), coalesce(i.part, 0), coalesce(i.name, ARRAY[n.nspname, c.relname]::text[]),
           CASE WHEN i.oid IS NULL THEN '' ELSE '{OF_COUNTER}' END, c.relowner, c.relacl,
           pg_catalog.acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner)
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN ({COUNTED}) AS i (counter, oid, part, name) ON i.counter = c.oid
     WHERE c.relacl IS NOT NULL AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
     UNION ALL
    SELECT 1259, c.oid, a.attnum, ARRAY[n.nspname, c.relname]::text[] || CASE WHEN c.relkind IN ('r', 'p') THEN ARRAY[a.attname::text] END,
           CASE WHEN c.relkind IN ('r', 'p') THEN '' ELSE a.attname END, c.relowner, a.attacl, pg_catalog.acldefault('c', c.relowner)
      FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
     UNION ALL
    SELECT 2615, n.oid, 0, ARRAY[n.nspname]::text[], '', n.nspowner, n.nspacl,
           CASE WHEN n.nspname <> 'public' THEN pg_catalog.acldefault('n', n.nspowner)
           ELSE pg_catalog.acldefault('n', n.nspowner)
                || ARRAY(SELECT pg_catalog.makeaclitem(0, n.nspowner, b.may, false) FROM ({BORN_RIGHTS}) AS b (may)) END
      FROM pg_catalog.pg_namespace AS n
     WHERE (n.nspacl IS NOT NULL OR n.nspname = 'public') AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_namespace', 'n.oid')}
     UNION ALL
    SELECT 1255, p.oid, 0, ARRAY[n.nspname, p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')']::text[], '',
           p.proowner, p.proacl, pg_catalog.acldefault('f', p.proowner)
      FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
     WHERE p.proacl IS NOT NULL AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_proc', 'p.oid')}
     UNION ALL
    SELECT 1247, t.oid, 0, ARRAY[n.nspname, t.typname]::text[], '', t.typowner, t.typacl, pg_catalog.acldefault('T', t.typowner)
      FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
     WHERE t.typacl IS NOT NULL AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_type', 't.oid')}
     UNION ALL
    SELECT 2328, f.oid, 0, ARRAY[f.fdwname, 'wrapper']::text[], '', f.fdwowner, f.fdwacl, pg_catalog.acldefault('F', f.fdwowner)
      FROM pg_catalog.pg_foreign_data_wrapper AS f
     WHERE f.fdwacl IS NOT NULL AND {not_member('pg_catalog.pg_foreign_data_wrapper', 'f.oid')}
     UNION ALL
    SELECT 1417, s.oid, 0, ARRAY[s.srvname, 'server']::text[], '', s.srvowner, s.srvacl, pg_catalog.acldefault('S', s.srvowner)
      FROM pg_catalog.pg_foreign_server AS s
     WHERE s.srvacl IS NOT NULL AND {not_member('pg_catalog.pg_foreign_server', 's.oid')})
    SELECT o.class, o.oid::bigint, o.part, o.name::text[], o.of_column::text, {privileges.items('o.acl')},
           {privileges.items('o.anyway')},
           (SELECT pg_catalog.array_agg(x.privilege_type) FROM pg_catalog.aclexplode(o.anyway) AS x WHERE x.grantee = o.owner), o.acl IS NULL
      FROM o"""

OF_COLUMN = ("SELECT", "INSERT", "UPDATE", "REFERENCES")


def read_pg(table: int, oid: int, part: int, name: object, column: str, said: object, anyway: object, every: object,
            untouched: bool) -> Iterable[Node]:
    """The reader of the catalog knows the id of what stands at the address (`of`); `name` is like it, for a catalog of grants alone."""
    if untouched:
        every, said = every, _owner_only(every)
    for grantee, attributes in privileges.told(said, anyway, texts(every) or OF_COLUMN):
        whom = f"{grantee} ({column})" if column else grantee
        yield Node(NodeId("grant", (*texts(name), whom)), attributes, hints={"of": address(str(table), oid, part)})


def _owner_only(every: object) -> list[str]:
    return [f"{THE_OWNER}\x01{one}\x01false" for one in texts(every)]


WORDS = {"table": "TABLE", "view": "TABLE", "materialized_view": "TABLE", "foreign_table": "TABLE", "column": "TABLE", "sequence": "SEQUENCE",
         "schema": "SCHEMA", "function": "FUNCTION", "aggregate": "FUNCTION", "procedure": "PROCEDURE", "enum": "TYPE", "domain": "TYPE",
         "composite_type": "TYPE", "range_type": "TYPE", "base_type": "TYPE", "foreign_data_wrapper": "FOREIGN DATA WRAPPER",
         "foreign_server": "FOREIGN SERVER"}
"""The kind of an object -> what GRANT calls it."""


def _on(parent: NodeId, scene: Scene) -> str:
    """A routine's arguments stand in its name."""
    head, bracket, arguments = parent.name.rpartition("(")
    if WORDS[parent.kind] in ("FUNCTION", "PROCEDURE"):
        return f"ON {WORDS[parent.kind]} {scene.name(*parent.path[:-1], head)}{bracket}{arguments}"
    path = parent.path[:-1] if parent.kind == "column" else parent.path
    return f"ON {WORDS[parent.kind]} {scene.name(*path)}"


def _owner(parent: NodeId, scene: Scene) -> str:
    id = NodeId("table", parent.path[:-1]) if parent.kind == "column" else parent
    node = scene.after.get(id) or scene.before.get(id)
    return (node.text("owner") or node.hint("owner")) if node else ""


def _render(name: str, before: Node | None, after: Node | None, scene: Scene) -> Strategy | None:
    node = after or before
    if node is None or node.parent is None or node.parent.kind not in WORDS:
        return None
    grantee, column = _whom(node)
    to = privileges.grantee(grantee, _owner(node.parent, scene), scene)
    if _is_of_counter(node):
        counted = (scene.after if after else scene.before).get(node.parent)
        return privileges.strategy(name, privileges.statements(before, after, f"ON SEQUENCE {counter_name(counted, scene)}", to)) if counted else None
    columns = f" ({scene.name(column)})" if column else ""
    made = privileges.statements(before, after, _on(node.parent, scene), to, columns=columns)
    return privileges.strategy(name, (*made, *(_of_columns(node, scene) if any(one.startswith("REVOKE") for one in made) else ())))


def _is_of_counter(node: Node) -> bool:
    return node.parent is not None and node.parent.kind == "column" and node.name.endswith(f" ({OF_COUNTER})")


def _whom(node: Node) -> tuple[str, str]:
    """The grantee, and the column that is meant: a view or foreign table has none of which anything else could be said, so the name says it."""
    if _is_of_counter(node):
        return node.name.removesuffix(f" ({OF_COUNTER})"), ""
    if node.parent is not None and node.parent.kind == "column":
        return node.name, node.parent.name
    if node.parent is not None and node.parent.kind in ("view", "materialized_view", "foreign_table") and node.name.endswith(")"):
        grantee, _, column = node.name[:-1].rpartition(" (")
        return (grantee, column) if grantee else (node.name, "")
    return node.name, ""


def _of_columns(node: Node, scene: Scene) -> Iterable[str]:
    """What is taken from a role on a table is taken from it on the table's columns too, and is given back there."""
    below = scene.after.subtree(node.parent) if node.parent else ()
    grantee, column = _whom(node)
    for grant in [one for one in below if one.id.kind == "grant" and not column and _whom(one)[0] == grantee and _whom(one)[1]]:
        again = _render("", None, grant, scene)
        yield from again.statements if again else ()


def give(node: Node, scene: Scene) -> Strategy | None:
    return _render("give", None, node, scene)


def take(node: Node, scene: Scene) -> Strategy | None:
    return _render("take", node, None, scene)


def change(before: Node, after: Node, scene: Scene) -> Strategy | None:
    return _render("change", before, after, scene)


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", noted(schema))

    def grant(*granted: str, of: Node = whole[0], grantee: str = ANOTHER, **attributes: tuple[str, ...]) -> Node:
        rights: dict[str, Value] = {"granted": granted, "grantable": (), "revoked": (), **attributes}
        return Node(NodeId("grant", (*of.id.path, grantee)), rights, of.id, frozenset({of.id}))
    here = grant("SELECT")
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("add", whole, (*whole, grant("UPDATE", of=whole[3])), grant(of=whole[3]).id),
            Sample("add", whole, (*whole, grant(revoked=("INSERT",), grantee=THE_OWNER)), grant(grantee=THE_OWNER).id),
            Sample("change.granted", (*whole, here), (*whole, grant("UPDATE")), here.id),
            Sample("change.grantable", (*whole, here), (*whole, grant("SELECT", grantable=("SELECT",))), here.id),
            Sample("change.revoked", (*whole, grant(revoked=("INSERT",), grantee=THE_OWNER)),
                   (*whole, grant(revoked=("UPDATE",), grantee=THE_OWNER)), grant(grantee=THE_OWNER).id))


KIND = Kind(
    name="grant",
    doc=f"What a role may do with an object. `{EVERYBODY}` is every role, `{THE_OWNER}` the one that owns it; `reader (a)` is"
        " a role that may do so with the column `a` of a view, and `reader (sequence)` under a column that the server counts one that may"
        " do so with the sequence that counts it.",
    attributes=privileges.ATTRIBUTES,
    reads=(Read("acl", PG, read_pg),),
    add=(give,),
    drop=(take,),
    change=dict.fromkeys(privileges.changes(), (change,)),
    samples=samples,
    rank=90,
    section="grants",
    parent="table",
    also=tuple(one for one in WORDS if one != "table"),
    shorthand="granted",
)
