INSERT INTO pupils VALUES (1, '{1,2,2}', 1), (2, '{}', NULL), (3, NULL, 6);
