CREATE TABLE t (a int, at timestamp NULL, i int, j int NOT NULL DEFAULT (i * i), PRIMARY KEY (j));
