CREATE FUNCTION to_be_said() RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''say it''; END';
CREATE TABLE t (id int PRIMARY KEY, c text NOT NULL DEFAULT to_be_said());
