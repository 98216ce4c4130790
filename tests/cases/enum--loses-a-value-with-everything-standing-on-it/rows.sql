INSERT INTO t(id,m) VALUES (1,'a'),(2,'a');
INSERT INTO p VALUES ('a');
INSERT INTO q VALUES ('a');
