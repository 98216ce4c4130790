CREATE TABLE t (id bigint PRIMARY KEY WITH (fillfactor = 70), a integer, b text, c integer, d integer,
    CONSTRAINT t_a UNIQUE (a), CONSTRAINT t_b UNIQUE (b) WITH (fillfactor = 90, deduplicate_items = off), CONSTRAINT t_c UNIQUE (c) DEFERRABLE,
    CONSTRAINT t_d UNIQUE (d) WITH (fillfactor = 50) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE part (k integer NOT NULL, id bigint, CONSTRAINT part_k PRIMARY KEY (k, id) WITH (fillfactor = 75)) PARTITION BY RANGE (k);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (100) TO (200);
