CREATE TABLE t (
    id char(36) DEFAULT (lower(  hex(randomblob(4)))) NOT NULL,
    a int DEFAULT 0 NOT NULL,
    b int,
    CONSTRAINT t_key PRIMARY KEY (id)
);
CREATE INDEX t_a ON t (a);
