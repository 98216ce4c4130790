CREATE TABLE parents (id int NOT NULL AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE children (id int NOT NULL, size int, UNIQUE KEY newest (id DESC), CONSTRAINT their_parent FOREIGN KEY (id) REFERENCES parents (id));
