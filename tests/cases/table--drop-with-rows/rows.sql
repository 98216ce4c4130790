INSERT INTO users VALUES (1, 'a@x'), (2, 'b@x');
INSERT INTO notes VALUES (1, 'one'), (2, NULL), (3, 'it''s');
