CREATE TABLE t (a bigint NOT NULL AUTO_INCREMENT, n bigint NOT NULL, said varchar(20), PRIMARY KEY (a));
