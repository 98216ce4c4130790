INSERT INTO t (id, note) VALUES (30, 'x'), (10, 'x'), (20, 'z');
INSERT INTO u (id, note) VALUES (7, 'x'), (9, 'y');
