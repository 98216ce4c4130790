CREATE TYPE mood AS ENUM ('a','b','c');
CREATE DOMAIN d AS mood CHECK (VALUE <> 'b');
CREATE TYPE c AS (m mood, n int);
