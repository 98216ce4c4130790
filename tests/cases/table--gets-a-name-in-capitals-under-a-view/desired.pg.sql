CREATE TABLE "Order" /* @renamed from=u */ (a integer, b integer);
CREATE VIEW v AS SELECT a FROM "Order" WHERE b > 0;
