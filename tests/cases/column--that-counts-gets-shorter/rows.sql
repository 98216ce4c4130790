INSERT INTO t VALUES (7, 'x'), (3, 'x'), (120, NULL);
