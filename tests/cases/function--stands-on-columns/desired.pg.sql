CREATE TABLE t (a bigint, b text, c int);
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(a) + count(c) FROM t; END;
