INSERT INTO t VALUES (1, 'Ann'), (5, 'Bob');
