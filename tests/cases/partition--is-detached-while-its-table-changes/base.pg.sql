CREATE TABLE events (id integer, place text, note text, CONSTRAINT known CHECK (id > 0), PRIMARY KEY (place, id)) PARTITION BY LIST (place);
CREATE TABLE events_a PARTITION OF events FOR VALUES IN ('a');
CREATE TABLE events_b PARTITION OF events FOR VALUES IN ('b');
CREATE INDEX by_note ON events (note);
CREATE TABLE visits (id bigint, place text) PARTITION BY LIST (place);
CREATE TABLE visits_a (id integer, place text);
