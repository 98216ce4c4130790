INSERT INTO jobs VALUES ('a', 1, 2, 3, TRUE), ('b', 4, 5, NULL, FALSE);
