CREATE TABLE stock (kind text, number serial, CONSTRAINT stock_some CHECK (number > 0)) PARTITION BY LIST (kind);
CREATE TABLE stock_a PARTITION OF stock FOR VALUES IN ('a');
