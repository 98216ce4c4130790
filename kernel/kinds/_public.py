"""The schema `public`, with which a database is born: whose it was then, and what everybody was allowed.

The server keeps this, but forgets it when the schema is made again: a scratch place then says it in settings (`sqlx.public_owner`,
`sqlx.public_rights`), and elsewhere it is the least that any server gives.
"""

from __future__ import annotations

BORN_COMMENT = "standard public schema"
"""What people are told of it (initdb)."""

BORN_OWNER = """coalesce((SELECT pg_catalog.pg_get_userbyid(x.grantor) FROM pg_catalog.pg_init_privs AS i
                 CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) AS x
                 WHERE i.classoid = 'pg_catalog.pg_namespace'::regclass AND i.objoid = n.oid LIMIT 1),
                nullif(pg_catalog.current_setting('sqlx.public_owner', true), ''),
                pg_catalog.to_regrole('pg_database_owner')::text, pg_catalog.pg_get_userbyid(10))"""

BORN_RIGHTS = """
    SELECT x.privilege_type FROM pg_catalog.pg_init_privs AS i CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) AS x
     WHERE i.classoid = 'pg_catalog.pg_namespace'::regclass AND i.objoid = n.oid AND x.grantee = 0
     UNION ALL
    SELECT pg_catalog.unnest(pg_catalog.string_to_array(coalesce(nullif(pg_catalog.current_setting('sqlx.public_rights', true), ''), 'USAGE'), ','))
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs AS i WHERE i.classoid = 'pg_catalog.pg_namespace'::regclass AND i.objoid = n.oid)"""
