INSERT INTO songs VALUES (1, 'Ay'), (2, 'Be');
