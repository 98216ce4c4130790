CREATE TABLE t (id bigint, name varchar(20));
CREATE INDEX t_name ON t (name);
