CREATE TABLE t (a int NOT NULL, b int NOT NULL, v varchar(5), PRIMARY KEY (a, b));
