CREATE SCHEMA app;
CREATE TABLE notes (id bigint PRIMARY KEY, text text, more text);
CREATE TABLE app.notes (id bigint PRIMARY KEY, text text);
CREATE TABLE "dotted.name" (id bigint PRIMARY KEY);
CREATE TABLE app.others (id bigint PRIMARY KEY);
CREATE PUBLICATION case_told FOR TABLE notes, app.others, "dotted.name";
