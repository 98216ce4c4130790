INSERT INTO t VALUES (1, 1, 'x', 1, 1), (2, 2, 'y', NULL, 2);
INSERT INTO part VALUES (1, 1), (2, 7);
