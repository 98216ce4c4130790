INSERT INTO t VALUES (1, 'Ann'), (1, 'Bob');
