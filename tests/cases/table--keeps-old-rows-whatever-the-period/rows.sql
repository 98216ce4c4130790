insert into t1 (x, y) values (1, 2); update t1 set y = 3;
