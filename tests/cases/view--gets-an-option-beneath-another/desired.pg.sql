CREATE TABLE t (a int, b int);
CREATE VIEW shown WITH (security_barrier=true) AS SELECT a FROM t;
CREATE VIEW above AS SELECT a FROM shown;
