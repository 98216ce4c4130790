CREATE TABLE goes (id int NOT NULL, since date NOT NULL, until date NOT NULL, PERIOD FOR lasts (since, until), PRIMARY KEY (id, lasts WITHOUT OVERLAPS), UNIQUE KEY of_day (id, since));
CREATE TABLE comes (id int NOT NULL, since date NOT NULL, until date NOT NULL);
CREATE TABLE another (id int NOT NULL, since date NOT NULL, until date NOT NULL, PERIOD FOR lasts (since, until), PRIMARY KEY (id, lasts WITHOUT OVERLAPS));
