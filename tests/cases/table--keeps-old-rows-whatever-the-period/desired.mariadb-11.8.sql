CREATE TABLE t1 (x int primary key, z int) WITH SYSTEM VERSIONING;
