INSERT INTO t VALUES (7, 1, 'x'), (3, 2, 'x'), (9, 5, NULL);
