CREATE TABLE t (id int PRIMARY KEY, a varchar(20) CHARACTER SET ascii NOT NULL, CONSTRAINT t_c CHECK (coalesce(a, 'x') <> 'a;b'));
