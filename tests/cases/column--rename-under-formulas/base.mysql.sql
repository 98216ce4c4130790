CREATE TABLE items (id int NOT NULL, price int NOT NULL, gross int GENERATED ALWAYS AS (price * 2) STORED, PRIMARY KEY (id), KEY by_gross (gross));
CREATE TABLE log (item int, was int);
CREATE TRIGGER items_log BEFORE UPDATE ON items FOR EACH ROW INSERT INTO log VALUES (OLD.id, OLD.price);
CREATE VIEW cheap AS SELECT id, price AS p FROM items WHERE price < 10;
