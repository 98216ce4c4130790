-- A shop as it grew over the years. Every figure follows from a row's number, so that the demo is the same each time.

CREATE TABLE categories (
    id INTEGER NOT NULL PRIMARY KEY,
    parent_id INTEGER,
    name VARCHAR(80) NOT NULL UNIQUE,
    CONSTRAINT categories_parent FOREIGN KEY (parent_id) REFERENCES categories (id)
);
CREATE TABLE suppliers (
    id INTEGER NOT NULL PRIMARY KEY,
    name VARCHAR(120) NOT NULL,
    country CHAR(2) NOT NULL,
    rating INTEGER
);
CREATE TABLE products (
    id INTEGER NOT NULL PRIMARY KEY,
    sku VARCHAR(12) NOT NULL,
    name VARCHAR(120) NOT NULL,
    category_id INTEGER NOT NULL,
    supplier_id INTEGER NOT NULL,
    price DECIMAL(10,2) NOT NULL,
    discontinued BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT products_category FOREIGN KEY (category_id) REFERENCES categories (id),
    CONSTRAINT products_supplier FOREIGN KEY (supplier_id) REFERENCES suppliers (id)
);
CREATE UNIQUE INDEX products_sku ON products (sku);
CREATE INDEX products_by_category ON products (category_id);
CREATE TABLE warehouses (
    id INTEGER NOT NULL PRIMARY KEY,
    city VARCHAR(80) NOT NULL
);
CREATE TABLE inventory (
    product_id INTEGER NOT NULL,
    warehouse_id INTEGER NOT NULL,
    stock INTEGER NOT NULL DEFAULT 0,
    counted_at TIMESTAMP,
    PRIMARY KEY (product_id, warehouse_id),
    CONSTRAINT stock_is_counted CHECK (stock >= 0),
    CONSTRAINT inventory_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT inventory_warehouse FOREIGN KEY (warehouse_id) REFERENCES warehouses (id)
);
CREATE TABLE customers (
    id INTEGER NOT NULL PRIMARY KEY,
    email VARCHAR(320) NOT NULL,
    name VARCHAR(120) NOT NULL,
    fax VARCHAR(40),
    newsletter BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX customers_by_email ON customers (email);
CREATE TABLE addresses (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    street VARCHAR(120) NOT NULL,
    zip VARCHAR(12) NOT NULL,
    city VARCHAR(80) NOT NULL,
    country CHAR(2) NOT NULL,
    CONSTRAINT addresses_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE INDEX addresses_by_customer ON addresses (customer_id);
CREATE TABLE coupons (
    code VARCHAR(20) NOT NULL PRIMARY KEY,
    percent INTEGER NOT NULL,
    valid_until DATE NOT NULL,
    CONSTRAINT percent_is_fair CHECK (percent BETWEEN 1 AND 90)
);
CREATE TABLE orders (
    id INTEGER NOT NULL PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    address_id INTEGER NOT NULL,
    coupon VARCHAR(20),
    status VARCHAR(20) NOT NULL DEFAULT 'new',
    placed_at TIMESTAMP NOT NULL,
    CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT orders_address FOREIGN KEY (address_id) REFERENCES addresses (id),
    CONSTRAINT orders_coupon FOREIGN KEY (coupon) REFERENCES coupons (code)
);
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE TABLE order_items (
    order_id INTEGER NOT NULL,
    line INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    price DECIMAL(10,2) NOT NULL,
    PRIMARY KEY (order_id, line),
    CONSTRAINT order_items_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
    CONSTRAINT order_items_product FOREIGN KEY (product_id) REFERENCES products (id)
);
CREATE INDEX order_items_by_product ON order_items (product_id);
CREATE TABLE payments (
    id INTEGER NOT NULL PRIMARY KEY,
    order_id INTEGER NOT NULL,
    method VARCHAR(20) NOT NULL,
    amount DECIMAL(10,2) NOT NULL,
    paid_at TIMESTAMP,
    CONSTRAINT payments_order FOREIGN KEY (order_id) REFERENCES orders (id)
);
CREATE INDEX payments_by_order ON payments (order_id);
CREATE TABLE shipments (
    id INTEGER NOT NULL PRIMARY KEY,
    order_id INTEGER NOT NULL,
    warehouse_id INTEGER NOT NULL,
    carrier VARCHAR(40) NOT NULL,
    sent_at TIMESTAMP,
    CONSTRAINT shipments_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT shipments_warehouse FOREIGN KEY (warehouse_id) REFERENCES warehouses (id)
);
CREATE INDEX shipments_by_order ON shipments (order_id);
CREATE TABLE reviews (
    id INTEGER NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    stars INTEGER NOT NULL,
    body TEXT,
    CONSTRAINT stars_are_five CHECK (stars BETWEEN 1 AND 5),
    CONSTRAINT reviews_product FOREIGN KEY (product_id) REFERENCES products (id)
);
CREATE TABLE audit_events (
    id INTEGER NOT NULL PRIMARY KEY,
    happened_at TIMESTAMP NOT NULL,
    actor VARCHAR(80) NOT NULL,
    action VARCHAR(40) NOT NULL,
    details JSON
);
CREATE VIEW customer_totals AS
SELECT c.id, c.name, count(*) AS orders
  FROM customers AS c JOIN orders AS o ON o.customer_id = c.id
 GROUP BY c.id, c.name;
CREATE VIEW low_stock AS
SELECT p.sku, p.name, sum(i.stock) AS stock
  FROM products AS p JOIN inventory AS i ON i.product_id = p.id
 GROUP BY p.sku, p.name HAVING sum(i.stock) < 20;

BEGIN;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
INSERT INTO categories SELECT i, CASE WHEN i > 8 THEN 1 + i % 8 END, 'Category ' || i FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
INSERT INTO suppliers SELECT i, 'Supplier ' || i, substr('DEFRPLITESNLATBE', 1 + 2 * (i % 8), 2), 1 + i * 7 % 5 FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO products SELECT i, 'SKU-' || printf('%06d', i), 'Product ' || i, 1 + i * 13 % 40, 1 + i * 31 % 200, 1.99 + i * 37 % 500, i % 50 = 0 FROM n;
INSERT INTO warehouses VALUES (1, 'Hamburg'), (2, 'Lyon'), (3, 'Poznań'), (4, 'Torino');
INSERT INTO inventory SELECT p.id, w.id, p.id * w.id * 17 % 60, '2026-01-05 06:00:00' FROM products AS p, warehouses AS w;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
INSERT INTO customers SELECT i, 'customer' || i || '@example.com', 'Customer ' || i, CASE WHEN i % 90 = 0 THEN '+49 40 ' || (100000 + i) END, i % 3 = 0,
       datetime('2021-01-01', '+' || (i * 5) || ' hours') FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
INSERT INTO addresses SELECT i, 1 + (i - 1) % 8000, 'Street ' || (i % 700) || ' no. ' || (1 + i % 90), printf('%05d', 10000 + i * 7 % 80000), 'City ' || (i % 300), 'DE' FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
INSERT INTO coupons SELECT 'SAVE' || i, 1 + i % 40, date('2026-01-01', '+' || i || ' days') FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO orders SELECT i, 1 + i * 11 % 8000, 1 + i * 11 % 8000, CASE WHEN i % 17 = 0 THEN 'SAVE' || (1 + i % 50) END,
       CASE i % 10 WHEN 0 THEN 'cancelled' WHEN 1 THEN 'new' ELSE 'shipped' END, datetime('2024-01-01', '+' || i || ' hours') FROM n;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2)
INSERT INTO order_items SELECT o.id, n.i + 1, 1 + (o.id * 7 + n.i * 101) % 2000, 1 + (o.id + n.i) % 4, 1.99 + (o.id * 7 + n.i * 101) % 500
  FROM orders AS o, n WHERE n.i <= o.id % 3;
INSERT INTO payments SELECT id, id, CASE id % 3 WHEN 0 THEN 'card' WHEN 1 THEN 'invoice' ELSE 'wallet' END, 10 + id % 400, placed_at FROM orders WHERE status <> 'new';
INSERT INTO shipments SELECT id, id, 1 + id % 4, 'Carrier ' || (id % 3), placed_at FROM orders WHERE status = 'shipped';
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
INSERT INTO reviews SELECT i, 1 + i * 3 % 2000, 1 + i * 11 % 8000, 1 + i % 5, 'Review ' || i FROM n;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
INSERT INTO audit_events SELECT i, datetime('2025-01-01', '+' || i || ' minutes'), 'user' || (i % 20), 'login', '{"n": ' || i || '}' FROM n;
COMMIT;
