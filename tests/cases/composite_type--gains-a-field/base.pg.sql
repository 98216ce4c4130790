CREATE TYPE comp AS (a int, b text);
CREATE TABLE t (c comp, cs comp[]);
CREATE VIEW v AS SELECT (c).a FROM t;
