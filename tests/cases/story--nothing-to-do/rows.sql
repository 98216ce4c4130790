INSERT INTO users (email, total) VALUES ('a@x', 5);
