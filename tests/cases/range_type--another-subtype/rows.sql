INSERT INTO t (id, s) VALUES (1, '[3,9)');
