CREATE TABLE codes (id int NOT NULL AUTO_INCREMENT, code varchar(10) NOT NULL, said varchar(20), PRIMARY KEY (id), UNIQUE KEY code (code));
