CREATE TABLE t (id int NOT NULL, total decimal(10,2), PRIMARY KEY (id));
CREATE VIEW v AS SELECT id, total FROM t;
