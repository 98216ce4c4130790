INSERT INTO t (id, k) VALUES (1, 2), (3, 4); INSERT INTO u (id, k) VALUES (1, 2), (3, 4); INSERT INTO v VALUES (1, 2), (3, 4);
