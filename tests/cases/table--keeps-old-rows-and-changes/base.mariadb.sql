CREATE TABLE t1 (id int primary key, a int(11), z int) WITH SYSTEM VERSIONING;
