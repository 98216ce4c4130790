CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, key bigint PRIMARY KEY, a integer NOT NULL, b integer CONSTRAINT b_is_there NOT NULL);
COMMENT ON CONSTRAINT t_id_not_null ON t IS 'counted';
COMMENT ON CONSTRAINT t_key_not_null ON t IS 'a key';
COMMENT ON CONSTRAINT b_is_there ON t IS 'by its own name';
