INSERT INTO t (id, kind, c) VALUES (1, 'a', 'a'), (2, 'a', 'b'), (3, NULL, 'b');
INSERT INTO u (kind, c) VALUES ('a', 'a'), ('a', 'b'), (NULL, NULL);
