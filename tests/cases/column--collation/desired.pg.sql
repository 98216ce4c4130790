CREATE TABLE t (id bigint, name text COLLATE "C");
CREATE INDEX t_name ON t (name);
