CREATE DOMAIN grade AS integer;
CREATE TABLE pupils (id integer PRIMARY KEY, grades grade[], best grade);
CREATE VIEW graded AS SELECT id, grades FROM pupils WHERE best IS NOT NULL;
