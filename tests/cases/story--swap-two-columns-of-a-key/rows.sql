INSERT INTO t VALUES (1, 2, 'x'), (1, 3, NULL);
