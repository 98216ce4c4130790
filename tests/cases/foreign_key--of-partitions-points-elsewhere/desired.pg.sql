CREATE TABLE flats (id integer, kind text, PRIMARY KEY (id, kind));
CREATE TABLE calls (id integer, kind text) PARTITION BY LIST (kind);
CREATE TABLE calls_a PARTITION OF calls FOR VALUES IN ('a');
ALTER TABLE calls ADD CONSTRAINT calls_home FOREIGN KEY (id, kind) REFERENCES flats (id, kind);
