CREATE type app_role as enum ('owner','admin');
CREATE table members (org int, role app_role default 'admin' not null);
CREATE table orgs (id int, name text);
CREATE function is_member(o int, r app_role[] default '{admin}') returns bool language sql stable as 'select exists (select 1 from public.members m where m.org=o and m.role = any(r))';
ALTER table members enable row level security;
ALTER table orgs enable row level security;
CREATE policy members_read on members for select using (is_member(org));
CREATE policy orgs_read on orgs for select using (is_member(id, array['admin'::app_role]));
