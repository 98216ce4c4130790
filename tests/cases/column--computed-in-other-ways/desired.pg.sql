CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, c integer GENERATED ALWAYS AS (a * 4) STORED, d integer GENERATED ALWAYS AS (a + 1) STORED);
CREATE VIEW v AS SELECT b, d FROM t;
