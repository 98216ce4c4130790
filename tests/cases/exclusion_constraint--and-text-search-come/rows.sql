INSERT INTO r VALUES ('<(0,0),1>'), ('<(9,9),1>');
