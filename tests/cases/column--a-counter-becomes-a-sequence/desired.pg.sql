CREATE TABLE tickets (id serial PRIMARY KEY, number integer NOT NULL, seat text);
