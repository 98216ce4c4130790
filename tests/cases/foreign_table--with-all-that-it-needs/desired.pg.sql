CREATE FOREIGN DATA WRAPPER case_fdw;
CREATE SERVER case_server VERSION '1' FOREIGN DATA WRAPPER case_fdw OPTIONS (host 'x');
CREATE USER MAPPING FOR pg_monitor SERVER case_server OPTIONS ("user" 'u');
CREATE FOREIGN TABLE ft (id integer OPTIONS (column_name 'i') NOT NULL, n text DEFAULT 'q', CHECK (id > 0)) SERVER case_server;
GRANT USAGE ON FOREIGN SERVER case_server TO pg_monitor;
GRANT SELECT ON ft TO pg_monitor;
