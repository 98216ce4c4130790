INSERT INTO u ("a b") VALUES ('k'), ('l');
