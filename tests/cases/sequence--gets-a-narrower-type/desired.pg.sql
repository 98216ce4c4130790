CREATE SEQUENCE counted AS smallint;
