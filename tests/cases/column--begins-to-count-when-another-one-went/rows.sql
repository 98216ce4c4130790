insert into parts (area, id) values (1, 1), (2, 2);
