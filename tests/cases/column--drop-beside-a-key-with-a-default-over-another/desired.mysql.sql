CREATE TABLE t (i int, j int NOT NULL DEFAULT (i * i), PRIMARY KEY (j));
