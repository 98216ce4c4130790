CREATE TABLE a (id integer, o integer);
CREATE TABLE b (m text, id integer);
CREATE TABLE c (id integer, n text, o integer, CONSTRAINT cc CHECK (id > 0));
CREATE TABLE d (m text, n text, CONSTRAINT cc CHECK (id > 0)) INHERITS (c);
