CREATE TABLE t (id bigint, words text[], j jsonb, r text);
CREATE INDEX t_words ON t USING gin (words);
CREATE INDEX t_j ON t USING gin (j jsonb_path_ops);
CREATE INDEX t_h ON t USING hash (r);
CREATE INDEX t_b ON t USING brin (id) WITH (pages_per_range = 32);
CREATE INDEX t_inc ON t (id) INCLUDE (r);
CREATE INDEX t_p ON t (r text_pattern_ops NULLS FIRST);
