INSERT INTO users (name, phone, age) VALUES ('Ann', '123', 30), ('Bob', NULL, NULL);
INSERT INTO orders (user_id, state, total) VALUES (1, 'new', 9.99), (2, 'done', 5), (1, 'new', 1);
INSERT INTO legacy VALUES (1, 'a'), (2, NULL);
