CREATE TABLE a (id integer, n text, CONSTRAINT ac CHECK (id > 0));
CREATE TABLE b (k integer) INHERITS (a);
CREATE TABLE c (m text) INHERITS (b);
