CREATE TABLE t (c text DEFAULT 'x', d integer);
