CREATE TABLE t (id integer NOT NULL PRIMARY KEY, done boolean, note text);
CREATE TABLE u (done boolean, note text);
