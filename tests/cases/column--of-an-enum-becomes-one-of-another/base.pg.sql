CREATE TYPE state AS ENUM ('new', 'sent', 'gone');
CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a state NOT NULL DEFAULT 'new');
