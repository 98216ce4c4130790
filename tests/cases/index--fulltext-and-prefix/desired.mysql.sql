CREATE TABLE t (id bigint, body text);
CREATE FULLTEXT INDEX t_words ON t (body);
CREATE INDEX t_start ON t (body(10));
