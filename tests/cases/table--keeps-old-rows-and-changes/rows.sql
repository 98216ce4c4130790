insert into t1 (id, a, z) values (1, 2, 3); update t1 set a = 4; 
