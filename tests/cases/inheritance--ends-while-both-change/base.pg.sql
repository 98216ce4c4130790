CREATE TABLE a (id integer, n text, o integer, CONSTRAINT ac CHECK (id > 0));
CREATE TABLE b (m text, n text, CONSTRAINT ac CHECK (id > 0)) INHERITS (a);
CREATE TABLE c (id integer, o integer);
CREATE TABLE d (m text, id integer);
