INSERT INTO t (a, b) VALUES (2, 5), (3, NULL);
