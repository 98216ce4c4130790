INSERT INTO users VALUES (1, 'Ann', 30), (7, 'Bob', 40);
INSERT INTO orders VALUES (1, 1), (2, 7), (3, NULL);
