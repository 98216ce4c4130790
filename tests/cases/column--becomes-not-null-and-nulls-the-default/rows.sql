INSERT INTO t VALUES (1, NULL, 'a'), (2, true, 'b'), (3, false, NULL);
INSERT INTO u VALUES (NULL, 'a'), (true, 'a'), (NULL, 'a');
