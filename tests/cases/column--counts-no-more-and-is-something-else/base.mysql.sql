CREATE TABLE computed (id bigint NOT NULL AUTO_INCREMENT, n int, PRIMARY KEY (id), KEY i (n, id));
CREATE TABLE reckoned (id bigint NOT NULL AUTO_INCREMENT, n int NOT NULL, PRIMARY KEY (id), KEY i (id DESC, n), UNIQUE KEY u (n, id));
CREATE TABLE dated (id bigint NOT NULL AUTO_INCREMENT, at date NOT NULL, PRIMARY KEY (id), KEY i (id));
CREATE TABLE shorter (id bigint NOT NULL AUTO_INCREMENT, n int, PRIMARY KEY (id));
CREATE TABLE worded (id bigint NOT NULL AUTO_INCREMENT, said tinytext, PRIMARY KEY (id));
