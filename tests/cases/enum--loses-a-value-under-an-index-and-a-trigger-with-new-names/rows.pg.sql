INSERT INTO jobs VALUES (1, 'done', 7), (2, 'open', 8);
