CREATE TABLE t (a double);
