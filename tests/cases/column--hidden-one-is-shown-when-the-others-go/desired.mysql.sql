CREATE TABLE t (k int);
CREATE TABLE u (k int, n int) ENGINE=InnoDB;
CREATE TABLE v (k int INVISIBLE, n int) ENGINE=InnoDB;
