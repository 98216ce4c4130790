INSERT INTO events VALUES (1, 'b'), (2, 'b');
