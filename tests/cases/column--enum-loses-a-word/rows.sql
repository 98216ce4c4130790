INSERT INTO t VALUES (1, 'a', 'x,y'), (2, 'c', '');
