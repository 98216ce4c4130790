CREATE TABLE plain (code int NOT NULL, id bigint NOT NULL, PRIMARY KEY (code));
CREATE TABLE widened (code int NOT NULL, id int, said varchar(5), PRIMARY KEY (code));
