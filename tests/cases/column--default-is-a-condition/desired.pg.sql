CREATE TABLE t (id int PRIMARY KEY, a boolean DEFAULT (1 = ANY (ARRAY[1, 2])), b boolean DEFAULT (1 IN (1, 2) AND NOT false),
                c text DEFAULT ('a' COLLATE "C"), d boolean DEFAULT ('in' LIKE 'i%'), e boolean DEFAULT (2 BETWEEN 1 AND 3), f boolean DEFAULT (NULL IS NULL));
