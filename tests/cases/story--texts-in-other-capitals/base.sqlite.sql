create table t (id integer primary key, a int check (a is not null and a in (1, 2)));
create index i on t (a) where a is not null;
create view v as select id from t where a = 1;
create trigger g after insert on t for each row begin update t set a = 2 where id = new.id; end;
