CREATE TABLE plain (code int NOT NULL, id bigint NOT NULL AUTO_INCREMENT, PRIMARY KEY (id));
CREATE TABLE widened (id bigint NOT NULL AUTO_INCREMENT, said varchar(5), PRIMARY KEY (id));
