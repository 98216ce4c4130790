INSERT INTO t VALUES (1, 'x', 1), (2, 'x', 2), (3, NULL, 2), (4, NULL, 2);
