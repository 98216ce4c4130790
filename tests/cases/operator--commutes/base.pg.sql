CREATE FUNCTION eq(a int, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT a::text = b $$;
CREATE FUNCTION eq2(a text, b int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT b::text = a $$;
