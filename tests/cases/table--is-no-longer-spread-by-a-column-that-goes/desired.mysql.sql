CREATE TABLE t (id int NOT NULL, noted datetime, PRIMARY KEY (id));
