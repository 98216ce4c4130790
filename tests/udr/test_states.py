"""The digest of a catalog moves with every sort of object, and with nothing that rows do: a plan is not made anew where it stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kernel.kinds import kinds
from kernel.udr.adapters import adapter_for
from tests.knowledge import ports
from tests.servers.databases import RealServer
from tests.servers.run import LABELS

CLUSTER = (  # kind -> statements about an object of it, each of which the one before makes possible
    ("role", "CREATE ROLE sqlx_moves", "ALTER ROLE sqlx_moves CREATEDB", "ALTER ROLE sqlx_moves SET work_mem = '1MB'",
     "COMMENT ON ROLE sqlx_moves IS 'said'", "GRANT pg_monitor TO sqlx_moves", "DROP ROLE sqlx_moves"),
    ("schema", "CREATE SCHEMA s", "COMMENT ON SCHEMA s IS 'said'"),
    ("extension", "COMMENT ON EXTENSION plpgsql IS 'said'"),
    ("collation", "CREATE COLLATION l (locale = 'C')", "ALTER COLLATION l RENAME TO l2"),
    ("enum", "CREATE TYPE e AS ENUM ('a')", "ALTER TYPE e ADD VALUE 'b'", "ALTER TYPE e RENAME VALUE 'b' TO 'c'"),
    ("domain", "CREATE DOMAIN d AS integer", "ALTER DOMAIN d SET DEFAULT 7"),
    ("domain_check", "ALTER DOMAIN d ADD CONSTRAINT k CHECK (VALUE > 0)", "ALTER DOMAIN d DROP CONSTRAINT k"),
    ("composite_type", "CREATE TYPE c AS (a integer)", "ALTER TYPE c ADD ATTRIBUTE b text"),
    ("range_type", "CREATE TYPE r AS RANGE (subtype = integer)", "COMMENT ON TYPE r IS 'said'"),
    ("sequence", "CREATE SEQUENCE q", "ALTER SEQUENCE q INCREMENT BY 2"),
    ("table", "CREATE TABLE t (id integer, other integer, name text)", "ALTER TABLE t SET (fillfactor = 50)", "COMMENT ON TABLE t IS 'said'",
     "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "ALTER TABLE t SET UNLOGGED", "ALTER TABLE t SET LOGGED"),
    ("column", "ALTER TABLE t ADD COLUMN more integer", "ALTER TABLE t ALTER COLUMN more SET DEFAULT 7",
     "ALTER TABLE t ALTER COLUMN more TYPE bigint",
     "ALTER TABLE t ALTER COLUMN name SET STATISTICS 7", "ALTER TABLE t ALTER COLUMN name SET STORAGE EXTERNAL", "COMMENT ON COLUMN t.id IS 'said'",
     "ALTER TABLE t ALTER COLUMN more SET (n_distinct = 5)", "ALTER TABLE t RENAME COLUMN more TO less", "ALTER TABLE t DROP COLUMN less"),
    ("not_null", "ALTER TABLE t ALTER COLUMN id SET NOT NULL", "ALTER TABLE t ALTER COLUMN other SET NOT NULL"),
    ("sequence_owner", "ALTER SEQUENCE q OWNED BY t.other"),
    ("primary_key", "ALTER TABLE t ADD CONSTRAINT t_key PRIMARY KEY (id)", "COMMENT ON INDEX t_key IS 'said'", "ALTER TABLE t CLUSTER ON t_key"),
    ("unique", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (other)", "ALTER TABLE t RENAME CONSTRAINT u TO u2"),
    ("check", "ALTER TABLE t ADD CONSTRAINT k CHECK (other > 0) NOT VALID", "ALTER TABLE t VALIDATE CONSTRAINT k"),
    ("exclusion_constraint", "ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING btree (other WITH =)"),
    ("foreign_key", "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (other) REFERENCES t (id)", "ALTER TABLE t ALTER CONSTRAINT f DEFERRABLE"),
    ("index", "CREATE INDEX i ON t (name)", "ALTER INDEX i RENAME TO i2", "COMMENT ON INDEX i2 IS 'said'", "DROP INDEX i2"),
    ("inheritance", "CREATE TABLE p (id integer) PARTITION BY RANGE (id)", "CREATE TABLE p1 (id integer)",
     "ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (9)"),
    ("index_attachment", "CREATE INDEX pi ON ONLY p (id)", "CREATE INDEX p1i ON p1 (id)", "ALTER INDEX pi ATTACH PARTITION p1i"),
    ("restated", "ALTER TABLE ONLY p1 ALTER COLUMN id SET DEFAULT 5"),
    ("extended_statistics", "CREATE STATISTICS z ON id, other FROM t", "COMMENT ON STATISTICS z IS 'said'"),
    ("function", "CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
     "CREATE OR REPLACE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 2'", "ALTER FUNCTION one() COST 7"),
    ("procedure", "CREATE PROCEDURE nothing() LANGUAGE sql AS ''", "COMMENT ON PROCEDURE nothing IS 'said'"),
    ("aggregate", "CREATE AGGREGATE total (integer) (sfunc = int4pl, stype = integer)", "COMMENT ON AGGREGATE total (integer) IS 'said'"),
    ("operator", "CREATE OPERATOR ### (leftarg = integer, rightarg = integer, function = int4pl)", "DROP OPERATOR ### (integer, integer)"),
    ("cast", "CREATE CAST (c AS integer) WITH INOUT", "DROP CAST (c AS integer)"),
    ("operator_family", "CREATE OPERATOR FAMILY of USING btree", "COMMENT ON OPERATOR FAMILY of USING btree IS 'said'"),
    ("operator_class", "CREATE OPERATOR CLASS oc FOR TYPE integer USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(integer)",
     "ALTER OPERATOR CLASS oc USING hash RENAME TO oc2"),
    ("view", "CREATE VIEW v AS SELECT 1 AS one", "CREATE OR REPLACE VIEW v AS SELECT 2 AS one", "ALTER VIEW v SET (security_barrier)"),
    ("materialized_view", "CREATE MATERIALIZED VIEW m AS SELECT 1 AS one", "COMMENT ON MATERIALIZED VIEW m IS 'said'"),
    ("rule", "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", "ALTER TABLE t DISABLE RULE r"),
    ("row_security_policy", "CREATE POLICY y ON t USING (true)", "ALTER POLICY y ON t USING (false)"),
    ("publication", "CREATE PUBLICATION pub", "ALTER PUBLICATION pub SET (publish = 'insert')"),
    ("publication_table", "ALTER PUBLICATION pub ADD TABLE ONLY t", "ALTER PUBLICATION pub DROP TABLE t"),
    ("trigger", "CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
     "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION fires()", "ALTER TABLE t DISABLE TRIGGER g"),
    ("event_trigger", "CREATE FUNCTION hears() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
     "CREATE EVENT TRIGGER et ON sql_drop EXECUTE FUNCTION hears()", "ALTER EVENT TRIGGER et DISABLE", "DROP EVENT TRIGGER et"),
    ("grant", "GRANT SELECT ON t TO pg_monitor", "GRANT UPDATE (name) ON t TO pg_monitor", "REVOKE SELECT ON t FROM pg_monitor",
     "ALTER TABLE t OWNER TO pg_monitor"),
    ("default_privilege", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor"),
    ("foreign_data_wrapper", "CREATE FOREIGN DATA WRAPPER w", "ALTER FOREIGN DATA WRAPPER w OPTIONS (a 'b')"),
    ("foreign_server", "CREATE SERVER far FOREIGN DATA WRAPPER w", "ALTER SERVER far OPTIONS (a 'b')"),
    ("user_mapping", "CREATE USER MAPPING FOR PUBLIC SERVER far", "ALTER USER MAPPING FOR PUBLIC SERVER far OPTIONS (a 'b')"),
    ("foreign_table", "CREATE FOREIGN TABLE ft (id integer) SERVER far", "ALTER FOREIGN TABLE ft OPTIONS (a 'b')"),
    ("text_search_parser", "CREATE TEXT SEARCH PARSER tp (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)"),
    ("text_search_template", "CREATE TEXT SEARCH TEMPLATE tt (LEXIZE = dsimple_lexize)"),
    ("text_search_dictionary", "CREATE TEXT SEARCH DICTIONARY td (TEMPLATE = simple)", "ALTER TEXT SEARCH DICTIONARY td (ACCEPT = false)"),
    ("text_search_configuration", "CREATE TEXT SEARCH CONFIGURATION tc (PARSER = default)",
     "ALTER TEXT SEARCH CONFIGURATION tc ADD MAPPING FOR word WITH simple"),
    ("dependency", "ALTER FUNCTION one() DEPENDS ON EXTENSION plpgsql"),
)
ELSEWHERE = {"subscription", "event"}
"""A database with subscriptions has no digest at all; events are of another family."""

FILE = (
    ("table", "CREATE TABLE t (id integer PRIMARY KEY, name text)", "ALTER TABLE t RENAME TO t2"),
    ("column", "ALTER TABLE t2 ADD COLUMN more integer", "ALTER TABLE t2 RENAME COLUMN more TO less", "ALTER TABLE t2 DROP COLUMN less"),
    ("index", "CREATE INDEX i ON t2 (name)", "DROP INDEX i"),
    ("view", "CREATE VIEW v AS SELECT 1 AS one", "DROP VIEW v"),
    ("trigger", "CREATE TRIGGER g AFTER INSERT ON t2 BEGIN SELECT 1; END", "DROP TRIGGER g"),
)
IN_VAIN = {
    "pg": ("INSERT INTO t SELECT g, g FROM generate_series(1, 1000) AS g", "UPDATE t SET name = 'x'", "ANALYZE", "VACUUM", "VACUUM FREEZE",
           "DELETE FROM t WHERE id > 10", "VACUUM", "SELECT nextval('q')"),
    "sqlite": ("INSERT INTO t2 VALUES (1, 'a')", "DELETE FROM t2"),
}


@contextmanager
def watched(url: str) -> Iterator[tuple[Callable[[str], object], Callable[[], str]]]:
    """Somebody who changes things, and the digest as another session has it."""
    edges = ports()
    with edges.open(edges.target(url)) as session, edges.open(edges.target(url)) as other:
        def state() -> str:
            found: str = session.adapter.state(session)
            return found
        yield other.run, state


@pytest.mark.parametrize(("server", "stories"), [
    *((label, CLUSTER) for label in LABELS if label.startswith("pg")), ("sqlite", FILE)], indirect=["server"])
def test_it_moves_with_every_sort_of_object(server: RealServer, stories: Any, fresh_database: Callable[[RealServer], str]) -> None:
    with watched(fresh_database(server)) as (run, state):
        stands = state()
        for kind, *statements in stories:
            for statement in statements:
                before = stands
                run(statement)
                stands = state()
                assert stands != before, f"{kind}: {statement}"
        for statement in IN_VAIN[server.engine]:
            run(statement)
            assert state() == stands, statement


def test_no_sort_of_object_is_left_out() -> None:
    asked = {name for name, kind in kinds().items() if any(one.name.startswith("pg_") for one in kind.reads)}
    assert asked <= {kind for kind, *_ in CLUSTER} | ELSEWHERE


def test_a_database_that_is_made_again_is_another_one(fresh_database: Callable[[RealServer], str], real_server: Callable[[str], RealServer]) -> None:
    server = real_server("pg-18")
    with watched(fresh_database(server)) as (_, one), watched(fresh_database(server)) as (_, other):
        assert one() == one()
        assert one() != other()


def test_a_catalog_that_nobody_can_read_whole_has_none() -> None:
    assert adapter_for("mysql").state(None) == ""
