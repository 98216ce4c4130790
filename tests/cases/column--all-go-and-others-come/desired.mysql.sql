CREATE TABLE t (c timestamp(6) NULL, a date AS (date(c)) VIRTUAL) ROW_FORMAT=DYNAMIC;
