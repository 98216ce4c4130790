CREATE TABLE stock (kind text, number text, CONSTRAINT stock_some CHECK (number <> ''), UNIQUE (kind, number)) PARTITION BY LIST (kind);
CREATE TABLE stock_a PARTITION OF stock FOR VALUES IN ('a');
