INSERT INTO items (id, name, seen, note) VALUES (1, 'a', '2020-01-01 00:00:00', 'x'), (2, 'b', NULL, NULL);
INSERT INTO gone VALUES (1, 'g');
