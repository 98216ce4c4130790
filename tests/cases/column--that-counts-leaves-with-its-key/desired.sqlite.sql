CREATE TABLE t (note varchar(20), at timestamp NOT NULL);
