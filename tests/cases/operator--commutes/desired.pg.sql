CREATE FUNCTION eq(a int, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT a::text = b $$;
CREATE FUNCTION eq2(a text, b int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT b::text = a $$;
CREATE OPERATOR === (FUNCTION = eq, LEFTARG = int, RIGHTARG = text, COMMUTATOR = ===, RESTRICT = eqsel);
CREATE OPERATOR === (FUNCTION = eq2, LEFTARG = text, RIGHTARG = int, COMMUTATOR = ===);
CREATE VIEW v AS SELECT 1 === 'a'::text AS x;
COMMENT ON OPERATOR === (int, text) IS 'op';
