CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer GENERATED ALWAYS AS (f(a)) STORED, c integer DEFAULT f(1), CHECK (f(a) > 0));
CREATE INDEX by_f ON t (f(a));
CREATE VIEW v AS SELECT f(a) AS x FROM t;
