CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer);
CREATE TABLE moved (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer);
CREATE TABLE counts_no_more (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer);
GRANT SELECT (id), UPDATE (id) ON kept TO pg_monitor;
GRANT USAGE ON SEQUENCE kept_id_seq TO pg_monitor;
GRANT USAGE ON SEQUENCE moved_id_seq TO pg_monitor;
GRANT USAGE ON SEQUENCE counts_no_more_id_seq TO pg_monitor;
CREATE SCHEMA elsewhere;
CREATE TABLE begins (id bigint PRIMARY KEY);
