CREATE TABLE fares (at date NOT NULL, price text DEFAULT 'none', by text) PARTITION BY RANGE (at);
CREATE TABLE fares_old PARTITION OF fares FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE fares_new (at date NOT NULL, price text DEFAULT 'nought', by text);
ALTER TABLE fares ATTACH PARTITION fares_new FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE VIEW price AS SELECT price FROM fares_new;
