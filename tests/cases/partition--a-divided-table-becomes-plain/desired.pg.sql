CREATE TABLE m (id integer NOT NULL, k text NOT NULL, PRIMARY KEY (id, k));
CREATE INDEX by_k ON m (k);
