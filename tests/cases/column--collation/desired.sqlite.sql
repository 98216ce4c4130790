CREATE TABLE t (id bigint, name text COLLATE NOCASE);
CREATE INDEX t_name ON t (name);
