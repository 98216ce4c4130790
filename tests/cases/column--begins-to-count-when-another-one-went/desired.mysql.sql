CREATE TABLE parts (area int NOT NULL, id int NOT NULL AUTO_INCREMENT, PRIMARY KEY (id, area));
