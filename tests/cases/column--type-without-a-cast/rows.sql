INSERT INTO customers (name) VALUES ('Ada');
INSERT INTO baskets VALUES (1, 1, 20200101), (2, NULL, NULL);
