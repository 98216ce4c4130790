CREATE TABLE p (a integer, b integer) PARTITION BY LIST (a);
CREATE TABLE p3 (a integer, b integer);
CREATE TABLE h (a integer, b integer);
CREATE TABLE h1 (a integer, b integer);
CREATE TABLE h2 (a integer NOT NULL, b integer);
ALTER TABLE p ADD CONSTRAINT p_con NOT NULL a NOT VALID;
ALTER TABLE h ADD CONSTRAINT h_con NOT NULL a NOT VALID;
