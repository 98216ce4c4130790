INSERT INTO c VALUES (4, 'x', 2, 'm');
INSERT INTO b VALUES (2, 'y', 3);
