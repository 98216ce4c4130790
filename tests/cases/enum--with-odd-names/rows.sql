INSERT INTO "My S"."T" VALUES ('{c}','c');
