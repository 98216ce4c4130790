CREATE TABLE customers (id uuid PRIMARY KEY DEFAULT md5('one')::uuid, name text NOT NULL);
CREATE TABLE baskets (id integer PRIMARY KEY, customer uuid REFERENCES customers (id), since date);
CREATE INDEX baskets_of ON baskets (customer, since);
CREATE VIEW owners AS SELECT baskets.id, name FROM baskets JOIN customers ON customers.id = customer;
