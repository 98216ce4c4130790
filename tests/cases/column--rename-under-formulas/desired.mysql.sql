CREATE TABLE items (id int NOT NULL, net int NOT NULL /* @renamed from=price */, gross int GENERATED ALWAYS AS (net * 2) STORED, PRIMARY KEY (id),
    KEY by_gross (gross));
CREATE TABLE log (item int, was int);
CREATE TRIGGER items_log BEFORE UPDATE ON items FOR EACH ROW INSERT INTO log VALUES (OLD.id, OLD.net);
CREATE VIEW cheap AS SELECT id, net AS p FROM items WHERE net < 10;
