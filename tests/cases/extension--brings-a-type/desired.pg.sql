CREATE EXTENSION citext;
CREATE EXTENSION btree_gist;
CREATE TABLE t (a citext, r int4range, n int, EXCLUDE USING gist (n WITH =, r WITH &&));
CREATE VIEW v AS SELECT a = 'x' AS y FROM t;
COMMENT ON EXTENSION citext IS 'mine';
