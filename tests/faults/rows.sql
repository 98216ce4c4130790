INSERT INTO users VALUES (1, 'Ann', 30, '123'), (2, 'Bob', 0, NULL), (3, 'it''s', 7, '');
INSERT INTO orders VALUES (10, 1, 99.5), (11, 2, NULL), (12, 1, 0.01);
INSERT INTO legacy VALUES (1, 'one'), (2, NULL);
