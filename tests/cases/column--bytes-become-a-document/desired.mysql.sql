CREATE TABLE t (id int NOT NULL, said json NOT NULL DEFAULT ('{}') COMMENT 'a document', PRIMARY KEY (id));
CREATE TABLE u (id int NOT NULL, said longblob, PRIMARY KEY (id));
