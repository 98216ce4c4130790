CREATE FUNCTION a(OUT x int, OUT y text) LANGUAGE sql AS $$ SELECT 1, 'a' $$;
CREATE FUNCTION c(anyelement) RETURNS anyelement LANGUAGE sql STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$ SELECT $1 $$;
CREATE FUNCTION e(x int) RETURNS int LANGUAGE sql RETURN x + 1;
CREATE PROCEDURE p(INOUT a int) LANGUAGE plpgsql AS $$ BEGIN a := 1; END $$;
