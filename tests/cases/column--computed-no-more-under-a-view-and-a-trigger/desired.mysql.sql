CREATE TABLE orders (id int PRIMARY KEY, amount int, doubled bigint NOT NULL DEFAULT 3);
CREATE VIEW large AS SELECT doubled, id FROM orders;
CREATE TRIGGER sees BEFORE INSERT ON orders FOR EACH ROW SET @seen = NEW.doubled;
