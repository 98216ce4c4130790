CREATE TABLE t (n bigint NOT NULL AUTO_INCREMENT, said varchar(20), PRIMARY KEY (n));
