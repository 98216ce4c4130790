create table u(a varchar(300), it smallint, constraint c0 check (coalesce(a,'x') <> 'a;b')) charset latin1 collate latin1_bin row_format=compact;
