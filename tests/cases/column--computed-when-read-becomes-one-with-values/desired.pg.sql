CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer NOT NULL DEFAULT 7);
CREATE VIEW v AS SELECT b FROM t;
