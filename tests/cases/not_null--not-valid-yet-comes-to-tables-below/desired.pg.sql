CREATE TABLE h (a integer);
CREATE TABLE h1 (a integer CONSTRAINT h_a_not_null NOT NULL) INHERITS (h);
CREATE TABLE h2 (CONSTRAINT h_a_not_null NOT NULL a) INHERITS (h);
CREATE TABLE h3 () INHERITS (h);
ALTER TABLE h ADD CONSTRAINT h_a_not_null NOT NULL a NOT VALID;
COMMENT ON CONSTRAINT h_a_not_null ON h IS 'not valid yet';
COMMENT ON CONSTRAINT h_a_not_null ON h2 IS 'valid';
