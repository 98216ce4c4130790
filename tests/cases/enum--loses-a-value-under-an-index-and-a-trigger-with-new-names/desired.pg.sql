CREATE TYPE state AS ENUM ('open', 'done');
CREATE TABLE jobs (id bigint PRIMARY KEY, state state NOT NULL DEFAULT 'open', worker bigint);
CREATE INDEX jobs_open ON jobs (worker) WHERE state = 'open';
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER jobs_told AFTER INSERT ON jobs FOR EACH ROW WHEN (NEW.state = 'open') EXECUTE FUNCTION told();
