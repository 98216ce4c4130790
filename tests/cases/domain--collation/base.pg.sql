CREATE DOMAIN dom AS text;
CREATE TABLE t (a dom);
