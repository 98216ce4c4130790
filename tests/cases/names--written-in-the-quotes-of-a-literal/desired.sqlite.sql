CREATE TABLE "execution" (id integer NOT NULL PRIMARY KEY, "workflowId" text, status text);
CREATE INDEX 'IDX_comes' ON 'execution' ('workflowId', 'id');
CREATE UNIQUE INDEX 'IDX it''s' ON 'execution' ('status');
CREATE VIEW 'what it''s about' AS SELECT id, status FROM 'execution';
CREATE TRIGGER 'tells' AFTER INSERT ON 'execution' BEGIN UPDATE 'execution' SET status = 'new' WHERE id = new.id; END;
