CREATE TABLE t (id int NOT NULL, kind varchar(20), c enum('a','b') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT (upper(kind)), PRIMARY KEY (id));
CREATE TABLE u (kind varchar(20), c enum('a','b') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT (upper(kind)));
