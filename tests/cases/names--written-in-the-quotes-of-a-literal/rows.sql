INSERT INTO execution VALUES (1, 'x', 'new'), (2, NULL, 'done');
