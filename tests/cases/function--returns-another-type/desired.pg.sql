CREATE FUNCTION f(x int) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT x::bigint $$;
CREATE TABLE t (id int primary key, a int DEFAULT f(1), g bigint GENERATED ALWAYS AS (f(id)) STORED, CHECK (f(id) > 0));
CREATE INDEX i ON t (f(a));
CREATE VIEW v AS SELECT f(id) FROM t;
CREATE VIEW w AS SELECT * FROM v;
