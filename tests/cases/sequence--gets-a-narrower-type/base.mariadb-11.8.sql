CREATE SEQUENCE counted AS bigint;
