CREATE COLLATION c (provider = icu, locale = 'fr');
CREATE TABLE t (a text COLLATE c);
CREATE INDEX i ON t (a);
