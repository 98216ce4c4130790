CREATE TYPE progress AS ENUM ('draft', 'new', 'sent');
CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a progress NOT NULL DEFAULT 'draft');
