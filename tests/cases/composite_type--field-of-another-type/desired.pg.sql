CREATE TYPE comp AS (a bigint, b text COLLATE "C");
CREATE TABLE t (c comp, cs comp[]);
CREATE VIEW v AS SELECT (c).a FROM t;
