INSERT INTO t VALUES (1, 'p', 'q'), (2, NULL, NULL);
