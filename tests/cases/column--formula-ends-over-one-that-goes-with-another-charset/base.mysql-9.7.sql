create table u(`a b` enum('a','b','x'), a varchar(300) as (concat(`a b`,'x')), constraint c0 check (coalesce(a,'x') <> 'a;b')) charset utf8mb4;
