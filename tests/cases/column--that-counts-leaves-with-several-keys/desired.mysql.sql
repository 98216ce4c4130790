CREATE TABLE t (note varchar(20));
CREATE TABLE u (id int NOT NULL AUTO_INCREMENT, note varchar(20), PRIMARY KEY (id), KEY down (id DESC), KEY up (id, note));
