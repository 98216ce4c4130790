CREATE TYPE comp AS (b text, a int);
COMMENT ON COLUMN comp.a IS 'x';
CREATE TABLE t (c comp, cs comp[]);
CREATE VIEW v AS SELECT (c).a FROM t;
