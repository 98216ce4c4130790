CREATE TABLE t (id tinyint NOT NULL AUTO_INCREMENT, said varchar(20), PRIMARY KEY (id));
