CREATE TABLE notes (id int NOT NULL, a int, b int NOT NULL, PRIMARY KEY (id), KEY notes_a (a), UNIQUE KEY notes_b (b)) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8;
