CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, key bigint PRIMARY KEY, a integer NOT NULL, b integer CONSTRAINT b_is_there NOT NULL);
COMMENT ON CONSTRAINT t_a_not_null ON t IS 'before';
