INSERT INTO t (id, note, code) VALUES (3, 'one', 1), (1, 'one', 1), (2, NULL, NULL), (7, 'One', 1), (9, '', NULL);
