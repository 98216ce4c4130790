INSERT INTO t VALUES (1, 'some', 'more'), (2, NULL, NULL);
