CREATE TABLE t (id bigint, name text);
CREATE INDEX t_name ON t (name);
