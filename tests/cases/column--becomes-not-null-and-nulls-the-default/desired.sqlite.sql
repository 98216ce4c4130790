CREATE TABLE t (id integer NOT NULL PRIMARY KEY, done boolean NOT NULL DEFAULT true, note text);
CREATE TABLE u (done boolean NOT NULL DEFAULT true, note text);
