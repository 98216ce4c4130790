CREATE TABLE people /* @renamed from=users */ (id INTEGER PRIMARY KEY, full_name TEXT CHECK (full_name <> '') /* @renamed from=name */,
    address TEXT UNIQUE /* @renamed from=mail */);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INT REFERENCES people (id));
CREATE INDEX users_lower ON people (lower(full_name)) WHERE full_name IS NOT NULL;
