CREATE TABLE t (a bigint NOT NULL AUTO_INCREMENT, said varchar(20), n int, PRIMARY KEY (a), KEY by_n (n));
