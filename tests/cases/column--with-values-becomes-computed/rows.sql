INSERT INTO t VALUES (1, 'p', 'own'), (2, NULL, NULL), (3, 'q', 'Q');
