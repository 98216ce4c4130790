CREATE TABLE t (code int NOT NULL, id bigint, n int, PRIMARY KEY (code), KEY i (id, n, code));
CREATE TABLE u (id bigint, n int);
