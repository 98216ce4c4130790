CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE cats (id int PRIMARY KEY, owner int, lives int, FOREIGN KEY (owner) REFERENCES owners (id), CHECK (lives < 10));
CREATE TABLE dogs (id int PRIMARY KEY, owner int, KEY by_owner (owner), CONSTRAINT dogs_ibfk_7 FOREIGN KEY (owner) REFERENCES owners (id));
