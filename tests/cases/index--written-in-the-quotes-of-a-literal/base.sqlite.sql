CREATE TABLE "execution" (id integer NOT NULL PRIMARY KEY, "workflowId" text, status text);
CREATE INDEX 'IDX_goes' ON 'execution' ('status');
