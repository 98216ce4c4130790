CREATE TABLE t (id int PRIMARY KEY, a enum('c', 'a') NOT NULL, b set('x', 'y', 'z'));
