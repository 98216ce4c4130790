CREATE TABLE a (id integer, n text, q integer DEFAULT 4, CONSTRAINT ac CHECK (id > 1));
CREATE TABLE b (k integer) INHERITS (a);
CREATE TABLE c (m text) INHERITS (b);
