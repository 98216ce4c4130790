CREATE TABLE t (id serial PRIMARY KEY, a integer, b text);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE FUNCTION f(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER TABLE t OWNER TO pg_monitor;
ALTER VIEW v OWNER TO pg_read_all_settings;
ALTER FUNCTION f(integer) OWNER TO pg_monitor;
CREATE SCHEMA s AUTHORIZATION pg_monitor;
