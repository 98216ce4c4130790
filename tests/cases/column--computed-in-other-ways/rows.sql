INSERT INTO t (id, a, d) VALUES (1, 5, 6);
