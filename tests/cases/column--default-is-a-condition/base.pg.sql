CREATE TABLE t (id int PRIMARY KEY, g boolean DEFAULT (1 = ANY (ARRAY[1, 2])));
