CREATE TABLE t1 (id int PRIMARY KEY, a int, b int, KEY b (a));
CREATE TABLE t2 (id int PRIMARY KEY, a int, b int, KEY b (a));
CREATE TABLE t3 (id int PRIMARY KEY, a int, b int, KEY b (a));
CREATE TABLE t4 (id int PRIMARY KEY, a int, b int, KEY b (a));
CREATE TABLE t5 (id int PRIMARY KEY, a int, b int, KEY b (a));
CREATE TABLE t6 (id int PRIMARY KEY, a int, b int, KEY b (a));
CREATE TABLE t7 (id int PRIMARY KEY, a int, b int, KEY b (a));
