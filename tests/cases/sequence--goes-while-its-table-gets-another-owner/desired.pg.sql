CREATE TABLE parcels (id integer PRIMARY KEY, weight integer);
COMMENT ON SCHEMA public IS 'everybody''s';
