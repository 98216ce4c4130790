CREATE TABLE t (id serial PRIMARY KEY, a integer, b text);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE FUNCTION f(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
GRANT SELECT ON t TO pg_monitor;
GRANT SELECT (a), UPDATE (a) ON t TO pg_monitor;
