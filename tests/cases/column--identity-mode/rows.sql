INSERT INTO t (name) VALUES ('Ann'), ('Bob');
