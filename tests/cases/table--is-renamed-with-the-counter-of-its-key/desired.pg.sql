CREATE TABLE people ( -- @renamed from=users
    id serial PRIMARY KEY,
    name text
);
