INSERT INTO customers (email, name) VALUES ('ann@example.org', 'Ann'), ('bob@example.org', NULL), ('it''s@example.org', 'O''Neil');
INSERT INTO orders (customer_id, state, total) VALUES (1, 'new', 9.99), (2, 'paid', 0), (1, 'new', 120.5);
