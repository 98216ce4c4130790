insert into plain values (1, 2), (5, 6); insert into widened values (1, 2, 'a'), (5, 6, 'b');
