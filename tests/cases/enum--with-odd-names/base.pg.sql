CREATE SCHEMA "My S";
CREATE TYPE "My S"."Mo'od" AS ENUM ('a''b','c'); CREATE TABLE "My S"."T" ("C" "My S"."Mo'od"[] , d "My S"."Mo'od" DEFAULT 'a''b');;
