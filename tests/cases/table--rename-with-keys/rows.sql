INSERT INTO users (email) VALUES ('a@x'), ('b@x');
INSERT INTO orders VALUES (10, 1), (11, NULL);
