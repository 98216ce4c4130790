CREATE FUNCTION s(a int, b int) RETURNS int LANGUAGE sql AS $$ SELECT a + b $$;
CREATE FUNCTION fin(a int) RETURNS text LANGUAGE sql AS $$ SELECT a::text $$;
CREATE AGGREGATE ag(int) (SFUNC = s, STYPE = int, FINALFUNC = fin, INITCOND = '0', MSFUNC = s, MINVFUNC = s, MSTYPE = int, MFINALFUNC = fin, PARALLEL = safe);
CREATE VIEW v AS SELECT ag(x) FROM generate_series(1,2) x;
