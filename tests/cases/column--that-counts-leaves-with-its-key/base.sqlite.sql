CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT, note varchar(20), at timestamp NOT NULL);
