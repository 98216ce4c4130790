CREATE TABLE t (id integer CONSTRAINT the_key PRIMARY KEY, a integer);
CREATE INDEX by_a ON t (a);
CREATE VIEW v AS SELECT a FROM t;
