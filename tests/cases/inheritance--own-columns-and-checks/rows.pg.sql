INSERT INTO b VALUES (1, 'x', 2);
INSERT INTO c VALUES (2, 'y', 'm');
