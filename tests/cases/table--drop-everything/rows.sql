INSERT INTO users VALUES (1, 'a@x'), (2, NULL);
INSERT INTO orders VALUES (10, 1), (11, NULL);
