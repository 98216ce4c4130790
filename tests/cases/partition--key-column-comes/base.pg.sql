CREATE TABLE visits (id bigint PRIMARY KEY, pages integer);
CREATE INDEX visits_pages ON visits (pages);
