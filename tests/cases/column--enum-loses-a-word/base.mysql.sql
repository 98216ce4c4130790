CREATE TABLE t (id int PRIMARY KEY, a enum('a', 'b', 'c') NOT NULL, b set('x', 'y'));
