CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer GENERATED ALWAYS AS (a * 2) STORED, c integer GENERATED ALWAYS AS (a * 3) STORED, d integer);
CREATE VIEW v AS SELECT b, d FROM t;
