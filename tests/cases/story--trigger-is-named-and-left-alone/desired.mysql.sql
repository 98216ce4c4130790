CREATE TABLE t (id bigint, a int, b int);
CREATE TRIGGER t_told BEFORE UPDATE ON t FOR EACH ROW SET NEW.a = OLD.a + 1;
