CREATE TABLE t (
    id char(36) DEFAULT (lower(  hex(randomblob(4)))) NOT NULL,
    b int,
    CONSTRAINT t_key PRIMARY KEY (id)
);
