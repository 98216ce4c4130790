CREATE TABLE t (id integer PRIMARY KEY WITH (fillfactor = 70), a integer, b text, c integer, d integer,
    CONSTRAINT t_a UNIQUE (a) WITH (fillfactor = 80), CONSTRAINT t_b UNIQUE (b), CONSTRAINT t_c UNIQUE (c),
    CONSTRAINT t_d UNIQUE (d) WITH (fillfactor = 60) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE part (k integer NOT NULL, id integer, CONSTRAINT part_k PRIMARY KEY (k, id) WITH (fillfactor = 75)) PARTITION BY RANGE (k);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
