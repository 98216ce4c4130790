CREATE TABLE u (
    öther varchar(20) NOT NULL PRIMARY KEY, -- @renamed from="a b"
    said varchar(30) NOT NULL DEFAULT 'y'
);
