CREATE TABLE t (a integer NOT NULL PRIMARY KEY, note text);
