CREATE TABLE a (id integer, n text, q integer, CONSTRAINT ac CHECK (id > 0));
CREATE TABLE b (id integer, q integer, k integer, CONSTRAINT ac CHECK (id > 0)) INHERITS (a);
CREATE TABLE c (m text) INHERITS (a);
CREATE TABLE d () INHERITS (a);
CREATE TABLE e (id integer, n text, CONSTRAINT ac CHECK (id > 0));
