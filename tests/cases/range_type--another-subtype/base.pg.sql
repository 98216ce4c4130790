CREATE TYPE span AS RANGE (subtype = integer);
CREATE TABLE t (id integer PRIMARY KEY, s span DEFAULT '[1,2)', fixed span GENERATED ALWAYS AS (span(1, 2)) STORED);
CREATE VIEW v AS SELECT s FROM t WHERE s @> 5;
