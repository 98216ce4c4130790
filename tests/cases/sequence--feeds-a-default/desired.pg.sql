CREATE SEQUENCE t_numbers;
CREATE TABLE t (id bigint NOT NULL DEFAULT nextval('t_numbers'), a text);
ALTER SEQUENCE t_numbers OWNED BY t.id;
