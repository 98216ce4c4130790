CREATE TABLE t (id integer, a varchar(20));
