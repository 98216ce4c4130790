create table ma118 (id int primary key, v vector(3) not null, vector index (v) m=8 distance=cosine);
create sequence sq3 as smallint start with 1;
create table ma119 (a int) partition by range (a) (partition p0 values less than (10), partition p1 values less than maxvalue);
create table ma120 (a int with system versioning, b int);
