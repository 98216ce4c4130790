CREATE TABLE tt ( -- @renamed from=t
  id integer CONSTRAINT t_pkey PRIMARY KEY,
  aa integer NOT NULL CONSTRAINT t_a_check CHECK (aa > 0) -- @renamed from=a
);
CREATE VIEW v AS SELECT aa AS a FROM tt;
