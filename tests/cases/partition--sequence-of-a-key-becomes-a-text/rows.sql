INSERT INTO stock (kind) VALUES ('a'), ('a');
