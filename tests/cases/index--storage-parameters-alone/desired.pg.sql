CREATE TABLE t (id integer PRIMARY KEY WITH (fillfactor = 80), a integer, b text, CONSTRAINT t_b UNIQUE (b) WITH (fillfactor = 60, deduplicate_items = off),
    CONSTRAINT t_a EXCLUDE USING btree (a WITH =) WITH (fillfactor = 50));
CREATE TABLE pointing (t integer REFERENCES t (id));
CREATE INDEX t_ab ON t (a, b) WITH (deduplicate_items = off) WHERE a > 0;
CREATE TABLE part (k integer NOT NULL, v text) PARTITION BY RANGE (k);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE INDEX part_v ON part (v);
ALTER INDEX part_1_v_idx SET (fillfactor = 40);
