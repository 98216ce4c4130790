INSERT INTO runs VALUES (1), (2);
INSERT INTO metrics VALUES (1, 1), (2, 1), (2, 2);
