CREATE TABLE customers (id bigserial PRIMARY KEY, name text NOT NULL);
CREATE TABLE baskets (id integer PRIMARY KEY, customer bigint REFERENCES customers (id), since integer);
CREATE INDEX baskets_of ON baskets (customer, since);
CREATE VIEW owners AS SELECT baskets.id, name FROM baskets JOIN customers ON customers.id = customer;
