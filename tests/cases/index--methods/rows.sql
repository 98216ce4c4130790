INSERT INTO t VALUES (1, '{a,b}', '{"a": 1}', 'x');
