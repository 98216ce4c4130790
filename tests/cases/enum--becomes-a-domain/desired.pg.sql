CREATE DOMAIN mood AS text;
CREATE TABLE t (m mood);
