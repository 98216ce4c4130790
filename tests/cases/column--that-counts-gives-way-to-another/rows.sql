INSERT INTO t VALUES (7, 'x', 1), (3, 'x', 2), (9, NULL, 1), (1, 'X', NULL);
