INSERT INTO computed VALUES (3, 7), (5, NULL);
INSERT INTO reckoned VALUES (3, 7), (5, 8);
INSERT INTO dated VALUES (3, '2026-01-02'), (5, '2026-01-03');
INSERT INTO shorter VALUES (3, 7), (5, NULL);
INSERT INTO worded VALUES (3, 'a'), (5, NULL);
