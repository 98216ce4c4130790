CREATE SCHEMA "My S";
CREATE TYPE "My S"."Mo'od" AS ENUM ('c','a''b','\d'); CREATE TABLE "My S"."T" ("C" "My S"."Mo'od"[] , d "My S"."Mo'od" DEFAULT 'a''b');;
