INSERT INTO t (key, a, b) VALUES (1, 1, 1), (2, 2, 2);
