insert into t2 values (1, 2); insert into t3 values (1, 2); update t3 set y = 3;
