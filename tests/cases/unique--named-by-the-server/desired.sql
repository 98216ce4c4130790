CREATE TABLE t (id integer UNIQUE, a varchar(20), UNIQUE (a, id));
