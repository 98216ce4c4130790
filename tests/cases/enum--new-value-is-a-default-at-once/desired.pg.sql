CREATE TYPE mood AS ENUM ('a','b','c','new');
CREATE TABLE t (m mood DEFAULT 'new', CONSTRAINT c CHECK (m <> 'new'));
