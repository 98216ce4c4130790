CREATE TABLE "execution" (id integer NOT NULL PRIMARY KEY, "workflowId" text, status text);
CREATE INDEX 'IDX_comes' ON 'execution' ('workflowId', 'id');
CREATE UNIQUE INDEX 'IDX it''s' ON 'execution' ('status');
