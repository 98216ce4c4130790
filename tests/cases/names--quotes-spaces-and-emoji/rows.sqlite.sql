INSERT INTO "it's ""quoted""" VALUES (1, 'a', 2, 3, 4);
