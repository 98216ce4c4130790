CREATE TABLE t (id int NOT NULL, a varchar(20) DEFAULT 'x', b varchar(20) DEFAULT (concat(a, 'y')), PRIMARY KEY (id));
