CREATE TABLE t (id serial PRIMARY KEY, a integer, b text);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE FUNCTION f(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER TABLE t OWNER TO pg_signal_backend;
GRANT SELECT ON t TO pg_monitor WITH GRANT OPTION;
GRANT UPDATE (b), SELECT (b) ON t TO pg_monitor;
