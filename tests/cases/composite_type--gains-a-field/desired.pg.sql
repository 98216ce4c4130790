CREATE TYPE comp AS (a int, b text, c date);
CREATE TABLE t (c comp, cs comp[]);
CREATE VIEW v AS SELECT (c).a FROM t;
