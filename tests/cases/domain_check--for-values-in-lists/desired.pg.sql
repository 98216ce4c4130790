CREATE DOMAIN grade AS integer CONSTRAINT up_to_six CHECK (VALUE BETWEEN 1 AND 6);
CREATE TABLE pupils (id integer PRIMARY KEY, grades grade[], best grade);
CREATE VIEW graded AS SELECT id, grades FROM pupils WHERE best IS NOT NULL;
