CREATE TABLE t (id int PRIMARY KEY, a longtext NOT NULL DEFAULT '[]', UNIQUE KEY u (a));
