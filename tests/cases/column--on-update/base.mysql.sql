CREATE TABLE t (id bigint, at timestamp NULL DEFAULT NULL);
