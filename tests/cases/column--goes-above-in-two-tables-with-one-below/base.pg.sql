CREATE TABLE a (id int PRIMARY KEY, x int, CONSTRAINT positive CHECK (id > 0));
CREATE TABLE b (id int PRIMARY KEY, x int, CONSTRAINT positive CHECK (id > 0));
CREATE TABLE m () INHERITS (a);
CREATE TABLE c (y int) INHERITS (m, b);
CREATE TABLE own (x int) INHERITS (b, a);
