CREATE TABLE homes (id integer, kind text, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
CREATE TABLE homes_a PARTITION OF homes FOR VALUES IN ('a');
CREATE TABLE calls (id integer, kind text) PARTITION BY LIST (kind);
CREATE TABLE calls_a PARTITION OF calls FOR VALUES IN ('a');
ALTER TABLE calls ADD CONSTRAINT calls_home FOREIGN KEY (id, kind) REFERENCES homes (id, kind);
