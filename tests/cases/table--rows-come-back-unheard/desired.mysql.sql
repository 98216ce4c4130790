CREATE TABLE heard (said varchar(20));
CREATE TABLE items (id int NOT NULL, name varchar(20), seen timestamp NULL ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (id));
CREATE TRIGGER hears_new AFTER INSERT ON items FOR EACH ROW INSERT INTO heard VALUES (NEW.name);
CREATE TRIGGER hears_change AFTER UPDATE ON items FOR EACH ROW INSERT INTO heard VALUES ('changed');
