CREATE FUNCTION plain(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(said) $$;
CREATE FUNCTION sorted_by(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT public.plain(said) $$;
CREATE TABLE songs (id integer PRIMARY KEY, name text);
CREATE INDEX songs_sorted ON songs (sorted_by(name));
