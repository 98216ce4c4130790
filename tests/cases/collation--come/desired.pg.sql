CREATE COLLATION nd (provider = icu, locale = 'und', deterministic = false);
CREATE COLLATION c FROM "C";
COMMENT ON COLLATION c IS 'cc';
CREATE TABLE t (a text COLLATE nd);
CREATE INDEX i ON t (a COLLATE c);
CREATE DOMAIN d AS text COLLATE c;
