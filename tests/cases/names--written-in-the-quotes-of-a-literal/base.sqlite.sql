CREATE TABLE "execution" (id integer NOT NULL PRIMARY KEY, "workflowId" text, status text);
CREATE INDEX 'IDX_goes' ON 'execution' ('status');
CREATE VIEW 'went' AS SELECT id FROM 'execution';
CREATE TRIGGER 'told' AFTER DELETE ON 'execution' BEGIN UPDATE 'execution' SET status = 'old' WHERE id = old.id; END;
