CREATE TABLE t (id int NOT NULL, said longblob, PRIMARY KEY (id));
CREATE TABLE u (id int NOT NULL, said json, PRIMARY KEY (id));
