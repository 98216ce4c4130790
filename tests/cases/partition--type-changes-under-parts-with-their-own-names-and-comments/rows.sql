INSERT INTO o VALUES (0,'a'),(1,'b');
INSERT INTO p VALUES (0,'a',1),(1,'b',2);
