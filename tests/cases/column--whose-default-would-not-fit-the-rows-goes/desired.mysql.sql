CREATE TABLE t (id int NOT NULL, kind varchar(20), PRIMARY KEY (id));
CREATE TABLE u (kind varchar(20));
