INSERT INTO t VALUES (1, 'p'), (2, NULL), (9, 'q');
