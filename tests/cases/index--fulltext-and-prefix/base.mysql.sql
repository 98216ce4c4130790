CREATE TABLE t (id bigint, body text);
