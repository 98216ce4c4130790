CREATE TABLE t (id bigint, name varchar(20) COLLATE utf8mb4_bin);
CREATE INDEX t_name ON t (name);
