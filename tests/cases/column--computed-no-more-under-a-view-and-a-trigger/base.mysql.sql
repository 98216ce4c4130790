CREATE TABLE orders (id int PRIMARY KEY, amount int, doubled int GENERATED ALWAYS AS (amount * 2) VIRTUAL);
CREATE VIEW large AS SELECT doubled, id FROM orders;
CREATE TRIGGER sees BEFORE INSERT ON orders FOR EACH ROW SET @seen = NEW.doubled;
