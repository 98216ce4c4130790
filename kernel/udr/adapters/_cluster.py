"""What the catalog of a cluster is asked beside its objects, and what a statement may not do in a scratch database of it."""

from __future__ import annotations

import re

from kernel.core.errors import Refused

_OF_CLUSTER = re.compile(r"\s*(?:(?:CREATE|DROP|ALTER)\s+(?:DATABASE|TABLESPACE)|ALTER\s+SYSTEM"
                         r"|DROP\s+OWNED|REASSIGN\s+OWNED|COPY|LOAD|CHECKPOINT)\b", re.I)
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.S)


def bare(sql: str) -> str:
    """Without comments."""
    return _COMMENT.sub(" ", sql)


def require_within(sql: str) -> None:
    """Refused, where a statement would act beyond its database: people's scripts are tried where their data is."""
    if _OF_CLUSTER.match(bare(sql)):
        raise Refused("this acts on the server, and not on one database", why="while running: " + " ".join(sql.split())[:200])


STATISTICS = """
    SELECT pg_catalog.format('"%%s"."%%s"', pg_catalog.replace(schemaname, '"', '""'), pg_catalog.replace(tablename, '"', '""')), attname,
           null_frac::float8, n_distinct::float8, avg_width
      FROM pg_catalog.pg_stats
     WHERE NOT inherited
       AND pg_catalog.format('"%%s"."%%s"', pg_catalog.replace(schemaname, '"', '""'), pg_catalog.replace(tablename, '"', '""')) = ANY (%s)"""
"""What the last ANALYZE saw of the columns of these tables, by their quoted names."""

CATALOGS = """
    SELECT c.relname FROM pg_catalog.pg_class AS c
     WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
       AND c.relname NOT IN ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject', 'pg_largeobject_metadata', 'pg_user_mapping')"""
"""The catalogs of a database, without those that change with the rows of tables or are nobody's to read."""

SUM = """
    SELECT '{table}', sum(x.rows), sum(pg_catalog.hashtextextended(pg_catalog.concat(x.made, ' ', x.rows), 0)::numeric)
      FROM (SELECT t.xmin, count(*) FROM pg_catalog.{table} AS t GROUP BY t.xmin) AS x (made, rows)"""
"""Of a catalog, how many of its rows each transaction made. What the server counts for itself (rows, pages) it writes into a row where it lies."""

ROLES = """
    SELECT pg_catalog.concat('server ', extract(epoch FROM pg_catalog.pg_postmaster_start_time()), ' ', d.oid, ' ',
                             pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) >> 32), 0, 0
      FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
     UNION ALL
    SELECT 'roles', count(*), sum(pg_catalog.hashtextextended(r::text, 0)::numeric) FROM pg_catalog.pg_roles AS r
     UNION ALL
    SELECT 'members', count(*), sum(pg_catalog.hashtextextended(m::text, 0)::numeric) FROM pg_catalog.pg_auth_members AS m
     UNION ALL
    SELECT 'said of roles', count(*), sum(pg_catalog.hashtextextended(s::text, 0)::numeric) FROM pg_catalog.pg_shdescription AS s
     WHERE s.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass
     UNION ALL
    SELECT 'mappings', count(*), sum(pg_catalog.hashtextextended(m::text, 0)::numeric) FROM pg_catalog.pg_user_mappings AS m
     UNION ALL
    SELECT 'settings', count(*), sum(pg_catalog.hashtextextended(ROW(s.name, s.setting)::text, 0)::numeric) FROM pg_catalog.pg_settings AS s
     WHERE s.name IN ('DateStyle', 'IntervalStyle', 'bytea_output', 'extra_float_digits', 'quote_all_identifiers', 'standard_conforming_strings')"""
"""Since when the server runs, which database of it this is, and which turn the numbers of its transactions are in (they have 32 bits); what the
objects of a database refer to and the whole cluster keeps; and in what way expressions are printed."""

TOLD_OF_ALL = """
    SELECT pubname::text FROM pg_catalog.pg_publication WHERE puballtables AND EXISTS
           (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical' AND database = current_database()) ORDER BY 1"""

SUBSCRIBES = """
    SELECT 1 FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
     WHERE d.datname = coalesce(%s, current_database()) LIMIT 1"""
"""Whether a database, or this one (null), has subscriptions: not everybody may read all of them, so that no digest could answer for them."""

UNSUBSCRIBING = """
    SELECT pg_catalog.unnest(ARRAY[pg_catalog.format('ALTER SUBSCRIPTION %I DISABLE', s.subname),
           pg_catalog.format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', s.subname), pg_catalog.format('DROP SUBSCRIPTION %I', s.subname)])
      FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = current_database()"""
"""What takes all of them away, without asking those that they follow."""

PUBLIC_AS_IT_IS = """
    pg_catalog.concat(pg_catalog.pg_get_userbyid(n.nspowner), ' ', pg_catalog.obj_description(n.oid, 'pg_namespace'), ' ',
                      (SELECT pg_catalog.string_agg(pg_catalog.concat(x.grantee, x.privilege_type, x.is_grantable), ' '
                                                    ORDER BY x.grantee, x.privilege_type) FROM pg_catalog.aclexplode(n.nspacl) AS x))"""
"""Part of a catalog query: all that is said of the schema `n`."""

EMPTYING = rf"""
    WITH kept (id) AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname = 'public' AND {PUBLIC_AS_IT_IS} = pg_catalog.current_setting('sqlx.public_as_born', true)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_default_acl AS a WHERE a.defaclnamespace = n.oid)),
         inside (class, id) AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d JOIN kept ON d.refobjid = kept.id
     WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.deptype = 'n'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                        WHERE e.classid = d.classid AND e.objid = d.objid AND e.objsubid = 0 AND e.deptype IN ('i', 'e'))),
         few (id) AS (SELECT kept.id FROM kept WHERE (SELECT count(*) FROM inside) <= pg_catalog.current_setting('sqlx.few')::int)
    SELECT pg_catalog.format('DROP EVENT TRIGGER IF EXISTS %I', evtname) FROM pg_catalog.pg_event_trigger
     UNION ALL
    SELECT pg_catalog.format('DROP PUBLICATION IF EXISTS %I', pubname) FROM pg_catalog.pg_publication
     UNION ALL
    {UNSUBSCRIBING}
     UNION ALL
    SELECT pg_catalog.format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'
     UNION ALL
    SELECT pg_catalog.format('DROP FOREIGN DATA WRAPPER IF EXISTS %I CASCADE', fdwname) FROM pg_catalog.pg_foreign_data_wrapper
     UNION ALL
    SELECT pg_catalog.format('DROP CAST IF EXISTS (%s AS %s)', castsource::pg_catalog.regtype, casttarget::pg_catalog.regtype)
      FROM pg_catalog.pg_cast AS c WHERE c.oid >= 16384 AND NOT EXISTS
           (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_cast'::regclass AND d.objid = c.oid AND d.deptype IN ('i', 'e'))
     UNION ALL
    SELECT pg_catalog.format('DROP %s IF EXISTS %s CASCADE', CASE WHEN o.type IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE'
                             WHEN o.type = 'composite type' THEN 'TYPE' WHEN o.type = 'statistics object' THEN 'STATISTICS'
                             ELSE upper(o.type) END, o.identity)
      FROM inside, few, LATERAL pg_catalog.pg_identify_object(inside.class, inside.id, 0) AS o
     UNION ALL
    SELECT pg_catalog.format('DROP SCHEMA IF EXISTS %I CASCADE', n.nspname) FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.oid NOT IN (SELECT few.id FROM few)"""
"""What takes all away from a place of ours. The schema that every database is born with stays where it is as it was and holds little: where
a schema comes or goes, the server plans all queries anew that were prepared, and that takes longer than all else."""

PUBLIC = f"""
    SELECT pg_catalog.pg_get_userbyid(n.nspowner), pg_catalog.obj_description(n.oid, 'pg_namespace'), {PUBLIC_AS_IT_IS},
           (SELECT pg_catalog.string_agg(x.privilege_type, ',') FROM pg_catalog.aclexplode(n.nspacl) AS x WHERE x.grantee = 0)
      FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'public'"""

_USER = r"n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^_sqlx_'"

ROLE = f"""
    WITH o (id, relations) AS (
    SELECT c.relowner, count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {_USER} GROUP BY c.relowner),
           most (id) AS (SELECT o.id FROM o ORDER BY o.relations DESC, o.id LIMIT 1)
    SELECT CASE WHEN pg_catalog.pg_has_role(m.id, 'MEMBER') OR EXISTS (SELECT FROM o WHERE pg_catalog.pg_get_userbyid(o.id) = current_user)
                THEN current_user ELSE pg_catalog.pg_get_userbyid(m.id) END
      FROM most AS m"""


def _free(table: str, oid: str) -> str:
    return f"NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = '{table}'::regclass AND e.objid = {oid} AND e.deptype IN ('e', 'i'))"


UNMODELLED = rf"""
    SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, n.nspname || '.' || p.proname
      FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE {_USER} AND {_free('pg_proc', 'p.oid')}
     UNION ALL
    SELECT 'trigger', n.nspname || '.' || c.relname || '.' || t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND {_USER} AND {_free('pg_class', 'c.oid')}
     UNION ALL
    SELECT CASE c.relkind WHEN 'm' THEN 'materialized_view' WHEN 'f' THEN 'foreign_table' ELSE 'composite_type' END, n.nspname || '.' || c.relname
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('m', 'f', 'c') AND {_USER} AND NOT EXISTS
           (SELECT FROM pg_depend AS e WHERE e.classid IN ('pg_class'::regclass, 'pg_type'::regclass) AND e.objid IN (c.oid, c.reltype)
                                         AND e.deptype = 'e')
     UNION ALL
    SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'range_type' END, n.nspname || '.' || t.typname
      FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
     WHERE t.typtype IN ('e', 'd', 'r') AND {_USER} AND {_free('pg_type', 't.oid')}
     UNION ALL
    SELECT CASE WHEN t.typisdefined THEN 'base_type' ELSE 'shell_type' END, n.nspname || '.' || t.typname
      FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
     WHERE (t.typtype = 'b' OR NOT t.typisdefined) AND {_USER} AND {_free('pg_type', 't.oid')}
       AND NOT EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
     UNION ALL
    SELECT 'row_security_policy', n.nspname || '.' || c.relname || '.' || p.polname FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE {_USER}
     UNION ALL
    SELECT 'exclusion_constraint', n.nspname || '.' || c.relname || '.' || k.conname FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE k.contype = 'x' AND {_USER}
     UNION ALL
    SELECT 'rule', n.nspname || '.' || c.relname || '.' || r.rulename FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class
      JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND {_USER}
     UNION ALL
    SELECT 'extended_statistics', n.nspname || '.' || s.stxname FROM pg_statistic_ext AS s
      JOIN pg_namespace AS n ON n.oid = s.stxnamespace WHERE {_USER}
     UNION ALL
    SELECT 'extension', extname FROM pg_extension WHERE extname <> 'plpgsql'
     UNION ALL
    SELECT 'event_trigger', evtname FROM pg_event_trigger AS v WHERE {_free('pg_event_trigger', 'v.oid')}
     UNION ALL
    SELECT 'publication', pubname FROM pg_publication
     UNION ALL
    SELECT 'subscription', s.subname FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid AND d.datname = current_database()
     UNION ALL
    SELECT 'foreign_data_wrapper', fdwname FROM pg_foreign_data_wrapper AS w WHERE {_free('pg_foreign_data_wrapper', 'w.oid')}
     UNION ALL
    SELECT 'foreign_server', srvname FROM pg_foreign_server AS s WHERE {_free('pg_foreign_server', 's.oid')}
     UNION ALL
    SELECT 'user_mapping', srvname || '.' || usename FROM pg_user_mappings
     UNION ALL
    SELECT 'index_in_a_tablespace', n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('i', 'I') AND c.reltablespace <> 0 AND {_USER}
     UNION ALL
    SELECT 'comment_on_the_sequence_of_a_column', n.nspname || '.' || c.relname FROM pg_description AS d JOIN pg_class AS c ON c.oid = d.objoid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_depend AS e ON e.classid = d.classoid AND e.objid = c.oid AND e.deptype = 'i'
     WHERE d.classoid = 'pg_class'::regclass AND d.objsubid = 0 AND c.relkind = 'S' AND {_USER}
     UNION ALL
    SELECT 'comment_on_a_type_that_comes_along', n.nspname || '.' || t.typname FROM pg_description AS d JOIN pg_type AS t ON t.oid = d.objoid
      JOIN pg_namespace AS n ON n.oid = t.typnamespace LEFT JOIN pg_class AS c ON c.oid = t.typrelid
     WHERE d.classoid = 'pg_type'::regclass AND {_USER} AND (t.typtype = 'm' OR c.relkind <> 'c' OR t.typcategory = 'A')
     UNION ALL
    SELECT 'language', l.lanname FROM pg_language AS l WHERE l.oid >= 16384 AND {_free('pg_language', 'l.oid')}
     UNION ALL
    SELECT 'privilege_on_language', l.lanname FROM pg_language AS l WHERE l.lanacl IS NOT NULL
     UNION ALL
    SELECT 'access_method', m.amname FROM pg_am AS m WHERE m.oid >= 16384 AND {_free('pg_am', 'm.oid')}
     UNION ALL
    SELECT 'conversion', n.nspname || '.' || v.conname FROM pg_conversion AS v JOIN pg_namespace AS n ON n.oid = v.connamespace WHERE {_USER}
       AND {_free('pg_conversion', 'v.oid')}
     UNION ALL
    SELECT 'operator_class', n.nspname || '.' || c.opcname FROM pg_opclass AS c JOIN pg_namespace AS n ON n.oid = c.opcnamespace WHERE {_USER}
       AND {_free('pg_opclass', 'c.oid')}
     UNION ALL
    SELECT 'operator_family', n.nspname || '.' || f.opfname FROM pg_opfamily AS f JOIN pg_namespace AS n ON n.oid = f.opfnamespace WHERE {_USER}
       AND {_free('pg_opfamily', 'f.oid')}
     UNION ALL
    SELECT 'transform', t.trftype::regtype::text FROM pg_transform AS t WHERE {_free('pg_transform', 't.oid')}
     UNION ALL
    SELECT 'collation', n.nspname || '.' || l.collname FROM pg_collation AS l JOIN pg_namespace AS n ON n.oid = l.collnamespace WHERE {_USER}
     UNION ALL
    SELECT 'text_search_configuration', n.nspname || '.' || f.cfgname FROM pg_ts_config AS f JOIN pg_namespace AS n ON n.oid = f.cfgnamespace
     WHERE {_USER} AND {_free('pg_ts_config', 'f.oid')}
     UNION ALL
    SELECT 'text_search_dictionary', n.nspname || '.' || f.dictname FROM pg_ts_dict AS f JOIN pg_namespace AS n ON n.oid = f.dictnamespace
     WHERE {_USER} AND {_free('pg_ts_dict', 'f.oid')}
     UNION ALL
    SELECT 'text_search_parser', n.nspname || '.' || f.prsname FROM pg_ts_parser AS f JOIN pg_namespace AS n ON n.oid = f.prsnamespace
     WHERE {_USER} AND {_free('pg_ts_parser', 'f.oid')}
     UNION ALL
    SELECT 'text_search_template', n.nspname || '.' || f.tmplname FROM pg_ts_template AS f JOIN pg_namespace AS n ON n.oid = f.tmplnamespace
     WHERE {_USER} AND {_free('pg_ts_template', 'f.oid')}
     UNION ALL
    SELECT 'trigger_that_fires_otherwise_than_above', n.nspname || '.' || c.relname || '.' || t.tgname FROM pg_depend AS d
      JOIN pg_trigger AS t ON t.oid = d.objid JOIN pg_trigger AS p ON p.oid = d.refobjid JOIN pg_class AS c ON c.oid = t.tgrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE d.classid = 'pg_trigger'::regclass AND d.refclassid = 'pg_trigger'::regclass AND t.tgname = p.tgname AND t.tgenabled <> p.tgenabled
     UNION ALL
    SELECT 'counter_without_log', n.nspname || '.' || s.relname FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
      JOIN pg_class AS c ON c.oid = d.refobjid JOIN pg_namespace AS n ON n.oid = s.relnamespace
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i' AND s.relpersistence = 'u'
       AND c.relpersistence = 'p'
     UNION ALL
    SELECT 'operator', n.nspname || '.' || o.oprname FROM pg_operator AS o JOIN pg_namespace AS n ON n.oid = o.oprnamespace WHERE {_USER}"""

NOT_SHOWN = """
    SELECT 'subscription', 'SELECT ON pg_subscription' FROM pg_catalog.pg_subscription AS s
      JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = current_database()
     WHERE NOT pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT')
     UNION
    SELECT 'user_mapping', 'SUPERUSER' FROM pg_catalog.pg_user_mappings AS m JOIN pg_catalog.pg_foreign_server AS s ON s.oid = m.srvid
     WHERE NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
       AND NOT CASE WHEN m.umuser = 0 OR m.usename <> current_user THEN m.umuser = 0 AND pg_catalog.pg_has_role(s.srvowner, 'USAGE')
                    ELSE pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR pg_catalog.has_server_privilege(s.oid, 'USAGE') END"""
"""How to reach a publisher, and what stands in a user mapping, is for few (manual, 53.54 and 53.36); that there is one is for all."""
