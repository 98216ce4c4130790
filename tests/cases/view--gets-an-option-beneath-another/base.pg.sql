CREATE TABLE t (a int, b int);
CREATE VIEW shown AS SELECT a FROM t;
CREATE VIEW above AS SELECT a FROM shown;
