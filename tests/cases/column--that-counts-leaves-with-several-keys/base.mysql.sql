CREATE TABLE t (id int NOT NULL AUTO_INCREMENT, note varchar(20), PRIMARY KEY (id), KEY down (id DESC), KEY up (id, note));
CREATE TABLE u (id int NOT NULL, note varchar(20));
