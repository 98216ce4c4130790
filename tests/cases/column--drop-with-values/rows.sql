INSERT INTO t VALUES (1, 'one', 5), (2, NULL, 6), (3, 'it''s ''', NULL);
