INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO orders VALUES (1, 1), (2, 2), (3, NULL);
