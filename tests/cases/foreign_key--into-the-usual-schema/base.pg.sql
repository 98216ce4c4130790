CREATE SCHEMA app;
CREATE TABLE people (id bigint PRIMARY KEY);
CREATE TABLE app.people (id bigint PRIMARY KEY);
CREATE TABLE app.notes (id bigint PRIMARY KEY, who bigint, whose bigint,
    CONSTRAINT notes_who FOREIGN KEY (who) REFERENCES public.people (id),
    CONSTRAINT notes_whose FOREIGN KEY (whose) REFERENCES app.people (id));
