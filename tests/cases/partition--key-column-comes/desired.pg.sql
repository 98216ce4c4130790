CREATE TABLE visits (id bigint NOT NULL, pages integer, country text NOT NULL DEFAULT 'at', PRIMARY KEY (id, country)) PARTITION BY LIST (country);
CREATE INDEX visits_pages ON visits (pages);
CREATE TABLE visits_at PARTITION OF visits FOR VALUES IN ('at');
CREATE TABLE visits_de PARTITION OF visits FOR VALUES IN ('de');
