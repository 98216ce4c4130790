CREATE TABLE songs (id integer PRIMARY KEY, name text);
