CREATE TYPE state AS ENUM ('new', 'old');
CREATE TABLE o (id integer PRIMARY KEY, s state NOT NULL DEFAULT 'new', CHECK (s <> 'old'), CONSTRAINT one_state UNIQUE (id, s));
CREATE TABLE oo (id integer, s state, FOREIGN KEY (id, s) REFERENCES o (id, s));
