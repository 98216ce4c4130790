CREATE TABLE t (c int, a int, between_them int DEFAULT 7, b int);
