CREATE TABLE t (id bigint NOT NULL AUTO_INCREMENT, said varchar(20), PRIMARY KEY (id));
