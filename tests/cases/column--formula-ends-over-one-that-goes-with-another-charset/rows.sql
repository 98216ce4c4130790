INSERT INTO u (`a b`) VALUES ('a'), (NULL), ('x');
