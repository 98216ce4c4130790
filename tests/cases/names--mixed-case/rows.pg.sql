INSERT INTO "Users" VALUES (1, 'x');
