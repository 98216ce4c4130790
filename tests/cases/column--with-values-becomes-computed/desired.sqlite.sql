CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a text, b text GENERATED ALWAYS AS (upper(a)) STORED);
