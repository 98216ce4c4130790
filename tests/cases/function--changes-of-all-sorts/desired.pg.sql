CREATE FUNCTION a(OUT x int, OUT z text) LANGUAGE sql AS $$ SELECT 1, 'a' $$;
CREATE FUNCTION c(anyelement) RETURNS anyelement LANGUAGE sql LEAKPROOF PARALLEL RESTRICTED SET search_path = '' SET datestyle = 'ISO, MDY' AS $$ SELECT $1 $$;
CREATE FUNCTION e(x int) RETURNS int LANGUAGE sql AS 'SELECT x + 1';
CREATE FUNCTION p(INOUT a int) LANGUAGE plpgsql AS $$ BEGIN a := 1; END $$;
