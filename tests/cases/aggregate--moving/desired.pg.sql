CREATE FUNCTION s(a int, b int) RETURNS int LANGUAGE sql AS $$ SELECT a + b $$;
CREATE FUNCTION fin(a int) RETURNS text LANGUAGE sql AS $$ SELECT a::text $$;
CREATE AGGREGATE ag(int) (SFUNC = s, STYPE = int, INITCOND = '1', COMBINEFUNC = s);
CREATE AGGREGATE ag(*) (SFUNC = int8inc, STYPE = int8, INITCOND = 0);
CREATE VIEW v AS SELECT ag(x) FROM generate_series(1,2) x;
