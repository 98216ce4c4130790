CREATE TABLE a (id integer, n text, CONSTRAINT ac CHECK (id > 0));
CREATE TABLE b (k integer) INHERITS (a);
CREATE TABLE c (id integer, m text, CONSTRAINT ac CHECK (id > 0)) INHERITS (a);
CREATE TABLE d (id integer, n text, CONSTRAINT ac CHECK (id > 0));
CREATE TABLE e (id integer, n text, CONSTRAINT ac CHECK (id > 0)) INHERITS (a);
