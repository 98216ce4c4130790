CREATE TABLE u ("a b" varchar(20) NOT NULL PRIMARY KEY, said varchar(30) GENERATED ALWAYS AS ("a b" || 'x') VIRTUAL);
