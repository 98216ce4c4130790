CREATE TABLE t (id bigint PRIMARY KEY) WITH (fillfactor = 70);
