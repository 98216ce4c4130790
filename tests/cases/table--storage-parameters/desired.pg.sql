CREATE TABLE t (id bigint PRIMARY KEY) WITH (fillfactor = 80, autovacuum_enabled = false);
