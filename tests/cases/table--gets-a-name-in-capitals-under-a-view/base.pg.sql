CREATE TABLE u (a integer, b integer);
CREATE VIEW v AS SELECT a FROM u WHERE b > 0;
