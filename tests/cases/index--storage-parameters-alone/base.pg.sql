CREATE TABLE t (id integer PRIMARY KEY WITH (fillfactor = 70), a integer, b text, CONSTRAINT t_b UNIQUE (b), CONSTRAINT t_a EXCLUDE USING btree (a WITH =));
CREATE TABLE pointing (t integer REFERENCES t (id));
CREATE INDEX t_ab ON t (a, b) WITH (fillfactor = 90) WHERE a > 0;
CREATE TABLE part (k integer NOT NULL, v text) PARTITION BY RANGE (k);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE INDEX part_v ON part (v);
