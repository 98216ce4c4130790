CREATE TABLE "Order" /* @renamed from=u */ (id integer NOT NULL PRIMARY KEY, c varchar(20));
