INSERT INTO t VALUES (1, 2), (2, 2), (3, 5); INSERT INTO u VALUES (1, 'a'), (2, 'b');
