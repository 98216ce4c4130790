INSERT INTO parents VALUES (1), (2);
INSERT INTO children VALUES (1, 5), (2, NULL);
