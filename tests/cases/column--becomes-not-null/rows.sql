INSERT INTO t VALUES (1, 'Ann'), (NULL, 'Bob');
