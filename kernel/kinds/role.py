"""Role: who may connect, and in whose name things belong to somebody. Roles are the server's and not the database's.

So only those are looked at that the desired state makes: whoever else is there is nobody's business, and none is dropped because
nobody speaks of it. A session says which in its setting `sqlx.roles`; in a scratch place these are the ones that were made there.
Passwords are no part of a schema: set them by hand.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import Edge, address, texts
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_AUTHID = "1260"

PG = """
    SELECT r.oid, r.rolname, r.rolcanlogin, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolinherit, r.rolreplication, r.rolbypassrls,
           r.rolconnlimit,
           CASE WHEN isfinite(r.rolvaliduntil) THEN (r.rolvaliduntil AT TIME ZONE 'UTC')::text || '+00' ELSE r.rolvaliduntil::text END,
           ARRAY(SELECT pg_catalog.split_part(s, '=', 1) || ' TO '
                        || CASE WHEN pg_catalog.lower(pg_catalog.split_part(s, '=', 1)) IN ('search_path', 'datestyle', 'temp_tablespaces',
                                     'session_preload_libraries', 'local_preload_libraries', 'shared_preload_libraries')
                                THEN pg_catalog.substr(s, pg_catalog.strpos(s, '=') + 1)
                                ELSE pg_catalog.quote_literal(pg_catalog.substr(s, pg_catalog.strpos(s, '=') + 1)) END
                   FROM pg_catalog.unnest(r.rolconfig) AS s ORDER BY s),
           ARRAY(SELECT pg_catalog.pg_get_userbyid(m.roleid)::text FROM pg_catalog.pg_auth_members AS m WHERE m.member = r.oid ORDER BY 1),
           ARRAY(SELECT pg_catalog.pg_get_userbyid(m.roleid)::text FROM pg_catalog.pg_auth_members AS m
                  WHERE m.member = r.oid AND m.admin_option ORDER BY 1),
           pg_catalog.shobj_description(r.oid, 'pg_authid'),
           ARRAY(SELECT d.classid::bigint || ':' || d.objid::bigint || ':' || d.objsubid FROM pg_catalog.pg_shdepend AS d
                  WHERE d.refclassid = 1260 AND d.refobjid = r.oid
                    AND d.dbid = (SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = pg_catalog.current_database()))
      FROM pg_catalog.pg_roles AS r
     WHERE r.rolname IN (SELECT pg_catalog.json_array_elements_text(nullif(pg_catalog.current_setting('sqlx.roles', true), '')::json))
  ORDER BY r.oid"""

FLAGS = {"login": "LOGIN", "superuser": "SUPERUSER", "create_databases": "CREATEDB", "create_roles": "CREATEROLE", "inherit": "INHERIT",
           "replication": "REPLICATION", "bypass_row_security": "BYPASSRLS"}
"""What YAML calls it -> the word of CREATE ROLE; NO before it is the opposite."""

OPTIONS = (*FLAGS, "connection_limit", "valid_until")
USUAL: dict[str, Value] = {**dict.fromkeys(FLAGS, False), "inherit": True, "connection_limit": -1, "valid_until": ""}


def read_pg(oid: int, name: str, login: bool, superuser: bool, databases: bool, roles: bool, inherit: bool, replication: bool, bypass: bool,
            limit: int, until: str | None, settings: object, member: object, admin: object, comment: str | None,
            users: object) -> Iterable[Node | Edge]:
    """The role, and what of this database refers to it."""
    flags = zip(FLAGS, (login, superuser, databases, roles, inherit, replication, bypass), strict=True)
    attributes: dict[str, Value] = {**dict(flags), "connection_limit": limit, "valid_until": until or "", "settings": texts(settings),
                                    "member_of": texts(member), "admin_of": texts(admin), "comment": comment or ""}
    yield Node(NodeId("role", (name,)), attributes, hints={"address": address(PG_AUTHID, oid), "of_server": True})
    for one in texts(users):
        yield Edge(one, address(PG_AUTHID, oid))


def _words(node: Node, names: Iterable[str], scene: Scene) -> str:
    said = {"connection_limit": lambda: f"CONNECTION LIMIT {node.get('connection_limit', -1)}",
            "valid_until": lambda: f"VALID UNTIL {scene.q.literal(node.text('valid_until') or 'infinity')}"}
    return " ".join(said[name]() if name in said else ("" if node.get(name, USUAL[name]) else "NO") + FLAGS[name] for name in names)


def create(node: Node, scene: Scene) -> Strategy:
    said = [name for name in OPTIONS if node.get(name, USUAL[name]) != USUAL[name]]
    text = f"CREATE ROLE {scene.name(node.name)} {_words(node, said, scene)}".rstrip()
    comment = (_comment(node, scene),) if node.text("comment") else ()
    return Strategy("create", (text, *_set((), node, scene), *_joined(Node(node.id, {}), node, scene), *comment))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP ROLE {scene.name(node.name)}",))


def alter(before: Node, after: Node, scene: Scene) -> Strategy:
    names = [one for one in OPTIONS if before.get(one) != after.get(one)]
    return Strategy("alter", (f"ALTER ROLE {scene.name(after.name)} {_words(after, names, scene)}",), attributes=tuple(names))


def set_settings(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_settings", tuple(_set(before.names("settings"), after, scene)))


def _set(had: tuple[str, ...], node: Node, scene: Scene) -> Iterable[str]:
    now = node.names("settings")
    kept = {one.partition(" TO ")[0] for one in now}
    for one in had:
        if one.partition(" TO ")[0] not in kept:
            yield f"ALTER ROLE {scene.name(node.name)} RESET {scene.name(*one.partition(' TO ')[0].split('.'))}"
    for one in now:
        if one not in had:
            yield f"ALTER ROLE {scene.name(node.name)} SET {one}"


def join(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("join", tuple(_joined(before, after, scene)), attributes=("member_of", "admin_of"))


def _joined(before: Node, after: Node, scene: Scene) -> Iterable[str]:
    me = scene.name(after.name)
    had, now = (({*one.names("member_of"), *one.names("admin_of")}, set(one.names("admin_of"))) for one in (before, after))
    for group in sorted(had[0] - now[0]):
        yield f"REVOKE {scene.name(group)} FROM {me}"
    for group in sorted(had[1] & now[0] - now[1]):
        yield f"REVOKE ADMIN OPTION FOR {scene.name(group)} FROM {me}"
    for group in sorted((now[0] - had[0]) | (now[1] - had[1])):
        yield f"GRANT {scene.name(group)} TO {me}" + (" WITH ADMIN OPTION" if group in now[1] else "")


def _comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON ROLE {scene.name(node.name)} IS {scene.q.literal(node.text('comment') or None)}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (_comment(after, scene),))


def _depends(node: Node) -> frozenset[NodeId]:
    """The groups that it belongs to, where those are looked at too."""
    return frozenset(NodeId("role", (one,)) for one in (*node.names("member_of"), *node.names("admin_of")))


REHEARSED = f"_sqlx_role_{secrets.token_hex(4)}"
"""A name that nobody else rehearses with now: it is one of the whole server."""


def samples(schema: str) -> tuple[Sample, ...]:
    def role(**attributes: Value) -> Node:
        return Node(NodeId("role", (REHEARSED,)), {**USUAL, **attributes})
    here = role()
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            *(Sample(f"change.{name}", (here,), (role(**{name: not here.flag(name)}),), here.id) for name in FLAGS),
            Sample("change.connection_limit", (here,), (role(connection_limit=2),), here.id),
            Sample("change.valid_until", (here,), (role(valid_until="2100-01-01 00:00:00+00"),), here.id),
            Sample("change.settings", (here,), (role(settings=("statement_timeout TO '1s'",)),), here.id),
            Sample("change.member_of", (here,), (role(member_of=("pg_monitor",)),), here.id),
            Sample("change.admin_of", (role(member_of=("pg_monitor",)),), (role(admin_of=("pg_monitor",)),), here.id),
            Sample("change.comment", (here,), (role(comment="said"),), here.id))


KIND = Kind(
    name="role",
    doc="Who may connect, and to whom things belong. Only the roles that the desired state makes are looked at, and none is dropped.",
    attributes=(
        Attribute("login", "flag", "it may connect", otherwise=False),
        Attribute("superuser", "flag", "nothing is forbidden to it", otherwise=False),
        Attribute("create_databases", "flag", "it may make databases", otherwise=False),
        Attribute("create_roles", "flag", "it may make roles", otherwise=False),
        Attribute("inherit", "flag", "it has what the groups may that it belongs to", otherwise=True),
        Attribute("replication", "flag", "it may follow the server's log", otherwise=False),
        Attribute("bypass_row_security", "flag", "it sees all rows", otherwise=False),
        Attribute("connection_limit", "number", "how many connections at once; -1 is any number", otherwise=-1),
        Attribute("valid_until", "text", "when its password ends to hold", otherwise="", spelled=True),
        Attribute("settings", "names", "settings of its sessions, `statement_timeout TO '1s'` and the like", otherwise=(), spelled=True),
        Attribute("member_of", "names", "the groups that it belongs to", otherwise=(), spelled=True),
        Attribute("admin_of", "names", "those of them that it may take others into", otherwise=()),
        Attribute("comment", "text", "what people should know about it", otherwise=""),
    ),
    reads=(Read("pg_roles", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    change={
        **dict.fromkeys(OPTIONS, (alter,)),
        "settings": (set_settings,),
        **dict.fromkeys(("member_of", "admin_of"), (join,)),
        "comment": (set_comment,),
    },
    samples=samples,
    rank=0,
    outside=True,
    of_server=True,
    depends=_depends,
)
