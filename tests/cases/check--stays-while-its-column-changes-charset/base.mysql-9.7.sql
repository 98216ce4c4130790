CREATE TABLE t (id int PRIMARY KEY, a mediumtext COLLATE utf8mb4_unicode_ci NOT NULL, CONSTRAINT t_c CHECK (coalesce(a, 'x') <> 'a;b'));
