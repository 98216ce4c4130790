CREATE TABLE t (a integer NOT NULL DEFAULT 1, b text, c integer);
CREATE TABLE log (a integer);
CREATE TRIGGER noticed AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a + new.c); END;
CREATE VIEW v AS SELECT a, c FROM t;
CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a, c) VALUES (new.a, new.c); END;
