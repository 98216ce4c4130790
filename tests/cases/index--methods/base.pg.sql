CREATE TABLE t (id bigint, words text[], j jsonb, r text);
