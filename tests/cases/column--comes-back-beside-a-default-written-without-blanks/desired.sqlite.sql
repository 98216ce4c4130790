CREATE TABLE jobs (id text PRIMARY KEY, since integer NOT NULL DEFAULT (strftime('%s','now') * 1000), late integer DEFAULT - 1);
