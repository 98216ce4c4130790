CREATE TABLE third /* @renamed from=second */ (id int PRIMARY KEY, y int);
CREATE TABLE second /* @renamed from=first */ (id int PRIMARY KEY, x int);
