CREATE TABLE t (id integer PRIMARY KEY, a text CONSTRAINT a_is_there NOT NULL DEFAULT '');
COMMENT ON CONSTRAINT a_is_there ON t IS 'of a column';
CREATE TABLE parts (id integer NOT NULL, day date NOT NULL, note text) PARTITION BY RANGE (day);
CREATE TABLE parts_2025 PARTITION OF parts (note CONSTRAINT "a note" NOT NULL) FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
COMMENT ON CONSTRAINT "a note" ON parts_2025 IS 'of a part';
