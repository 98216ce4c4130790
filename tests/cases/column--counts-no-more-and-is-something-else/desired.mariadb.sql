CREATE TABLE computed (id int GENERATED ALWAYS AS (n + 1) VIRTUAL, n int, KEY i (n, id));
CREATE TABLE reckoned (id bigint GENERATED ALWAYS AS (n + 1) STORED, n int NOT NULL, KEY i (id DESC, n), UNIQUE KEY u (n, id));
CREATE TABLE dated (id date GENERATED ALWAYS AS (at) STORED, at date NOT NULL, PRIMARY KEY (at), KEY i (id, at));
CREATE TABLE shorter (id smallint NOT NULL, n int);
CREATE TABLE worded (id varchar(20) NOT NULL, said varchar(300), UNIQUE KEY u (id, said));
