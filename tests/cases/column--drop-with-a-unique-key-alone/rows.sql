INSERT INTO codes VALUES ('a', 'x'), ('b', NULL);
