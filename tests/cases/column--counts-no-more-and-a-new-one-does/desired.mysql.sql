CREATE TABLE t (id bigint NOT NULL, said varchar(20), n bigint NOT NULL AUTO_INCREMENT, PRIMARY KEY (id), UNIQUE KEY t_n (n));
