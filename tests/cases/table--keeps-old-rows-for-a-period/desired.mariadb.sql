CREATE TABLE t2 (x int primary key, st timestamp(6) GENERATED ALWAYS AS ROW START, en timestamp(6) GENERATED ALWAYS AS ROW END, y int, PERIOD FOR SYSTEM_TIME (st, en)) WITH SYSTEM VERSIONING comment 'said';
CREATE TABLE t3 (x int primary key, y bigint);
