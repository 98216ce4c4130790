INSERT INTO t (code, said, mail) VALUES ('c', 'x', 'one'), ('b', 'y', 'two'), ('d', 'a', 'three');
