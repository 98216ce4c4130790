CREATE TABLE tt (id integer CONSTRAINT the_key PRIMARY KEY, a integer);
CREATE INDEX by_a ON tt (a);
CREATE VIEW v AS SELECT a FROM tt;
