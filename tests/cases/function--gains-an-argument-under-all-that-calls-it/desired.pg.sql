CREATE FUNCTION f(a integer, d integer DEFAULT 2) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT (a + d)::bigint';
CREATE TABLE t (id integer PRIMARY KEY, a integer, b bigint GENERATED ALWAYS AS (f(a)) STORED, c integer DEFAULT f(1), CHECK (f(a) > 0));
CREATE INDEX by_f ON t (f(a));
CREATE VIEW v AS SELECT f(a) AS x FROM t;
