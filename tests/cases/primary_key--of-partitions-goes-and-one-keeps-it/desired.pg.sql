CREATE TABLE visits (id integer NOT NULL, kind text NOT NULL) PARTITION BY LIST (kind);
CREATE TABLE visits_a PARTITION OF visits FOR VALUES IN ('a');
CREATE TABLE visits_b PARTITION OF visits FOR VALUES IN ('b');
ALTER TABLE visits_a ADD PRIMARY KEY (id, kind);
ALTER TABLE visits_b ADD CONSTRAINT visits_one PRIMARY KEY (id, kind);
