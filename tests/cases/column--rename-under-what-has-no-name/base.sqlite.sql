CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT CHECK (name <> ''), mail TEXT UNIQUE);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INT REFERENCES users (id));
CREATE INDEX users_lower ON users (lower(name)) WHERE name IS NOT NULL;
