INSERT INTO t VALUES ('x', 1, 2), ('y', 3, NULL);
