CREATE TABLE second (id int PRIMARY KEY, y int);
CREATE TABLE first (id int PRIMARY KEY, x int);
