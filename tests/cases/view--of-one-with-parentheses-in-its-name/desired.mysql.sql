CREATE TABLE t (id int PRIMARY KEY, n int);
CREATE VIEW `sum (net)` AS SELECT n FROM t;
CREATE VIEW `a first` AS SELECT n FROM `sum (net)`;
