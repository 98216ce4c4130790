CREATE TABLE t (id int NOT NULL, net decimal(12,2) /* @renamed from=total */, tax decimal(12,2), PRIMARY KEY (id));
CREATE VIEW v AS SELECT id, net, tax FROM t;
