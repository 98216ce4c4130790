CREATE FUNCTION z(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(x) $$;
CREATE FUNCTION a(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.z(x); END $$;
CREATE TABLE t (a text, CHECK (a(a) <> ''));
CREATE INDEX i ON t (a(a));
