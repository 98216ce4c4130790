CREATE TABLE codes (code varchar(10) NOT NULL, said varchar(20), UNIQUE KEY code (code));
