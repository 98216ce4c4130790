CREATE TABLE events (id bigint, place text) PARTITION BY LIST (place);
CREATE TABLE events_a (id integer, place text);
CREATE TABLE events_b PARTITION OF events FOR VALUES IN ('b');
CREATE TABLE visits (id integer, place text) PARTITION BY LIST (place);
CREATE TABLE visits_a PARTITION OF visits FOR VALUES IN ('a');
