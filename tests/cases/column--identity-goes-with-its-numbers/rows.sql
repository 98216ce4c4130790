INSERT INTO t (a, note) VALUES (1, 'x'), (2, 'y');
INSERT INTO t (a, n, note) OVERRIDING SYSTEM VALUE VALUES (3, 77, 'z');
