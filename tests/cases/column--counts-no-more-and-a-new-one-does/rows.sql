INSERT INTO t (id, said) VALUES (7, 'x'), (3, 'x'), (9, NULL);
