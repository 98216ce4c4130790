CREATE TYPE mood AS ENUM ('c','a');
CREATE DOMAIN d AS mood CHECK (VALUE <> 'a');
CREATE TYPE c AS (m mood, n int);
