CREATE TABLE codes (code varchar(10) NOT NULL, said varchar(20), PRIMARY KEY (code));
