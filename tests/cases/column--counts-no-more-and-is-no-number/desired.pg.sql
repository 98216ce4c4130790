CREATE TABLE t (id numeric(12, 2) PRIMARY KEY, a integer);
