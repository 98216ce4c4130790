CREATE TABLE parcels (id serial PRIMARY KEY, weight integer);
ALTER TABLE parcels OWNER TO pg_monitor;
CREATE VIEW heavy AS SELECT id FROM parcels WHERE weight > 10;
COMMENT ON SCHEMA public IS 'ours';
