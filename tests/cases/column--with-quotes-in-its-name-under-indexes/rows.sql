INSERT INTO u VALUES ('x', 1), ('y', 2);
