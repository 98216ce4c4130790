INSERT INTO kept VALUES (1, 'x'), (2, 3.5), (3, x'00ff');
INSERT INTO pairs VALUES ('a', 'b'), ('a', 'c');
