CREATE TABLE users (
    key serial PRIMARY KEY, -- @renamed from=id
    name text
);
