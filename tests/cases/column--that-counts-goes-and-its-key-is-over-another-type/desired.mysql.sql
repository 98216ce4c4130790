CREATE TABLE t (said varchar(300) NOT NULL, PRIMARY KEY (said));
