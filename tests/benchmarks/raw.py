"""The raw catalog of a database, read by its driver and thrown away: nobody who looks at a schema can do with less.

    python -m tests.benchmarks.raw URL
"""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

USER = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

CLUSTER = f"""
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reloptions FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {USER};

    SELECT a.attrelid, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid, true), a.attidentity
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND {USER};

    SELECT i.indexrelid, i.indrelid, i.indisunique, pg_get_indexdef(i.indexrelid)
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {USER};

    SELECT k.oid, k.conrelid, k.conname, k.contype, pg_get_constraintdef(k.oid)
      FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE {USER};

    SELECT p.oid, p.proname, pg_get_functiondef(p.oid)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind <> 'a' AND {USER};

    SELECT * FROM pg_depend WHERE refobjid >= 16384;

    SELECT * FROM pg_description WHERE objoid >= 16384""".split(";")

DATABASE = tuple(f"SELECT * FROM information_schema.{table} WHERE {column} = DATABASE()" for table, column in (
    ("TABLES", "TABLE_SCHEMA"), ("COLUMNS", "TABLE_SCHEMA"), ("STATISTICS", "TABLE_SCHEMA"), ("KEY_COLUMN_USAGE", "TABLE_SCHEMA"),
    ("TABLE_CONSTRAINTS", "TABLE_SCHEMA"), ("REFERENTIAL_CONSTRAINTS", "CONSTRAINT_SCHEMA"), ("CHECK_CONSTRAINTS", "CONSTRAINT_SCHEMA"),
    ("VIEWS", "TABLE_SCHEMA"), ("ROUTINES", "ROUTINE_SCHEMA"), ("TRIGGERS", "TRIGGER_SCHEMA"), ("EVENTS", "EVENT_SCHEMA")))

FILE = (
    "SELECT * FROM sqlite_schema",
    "SELECT m.name, c.* FROM sqlite_schema AS m, pragma_table_xinfo(m.name) AS c WHERE m.type = 'table'",
    "SELECT m.name, l.*, i.* FROM sqlite_schema AS m, pragma_index_list(m.name) AS l, pragma_index_xinfo(l.name) AS i WHERE m.type = 'table'",
    "SELECT m.name, f.* FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'",
)


def rows(url: str) -> int:
    """How many rows the catalog has. Only the driver that it takes is imported: that costs too."""
    place = urlsplit(url)
    match place.scheme:
        case "postgresql":
            import psycopg
            with psycopg.connect(url, autocommit=True) as session:
                return sum(len(session.execute(query.encode()).fetchall()) for query in CLUSTER)
        case "sqlite":
            import sqlite3
            file = sqlite3.connect(place.path)
            return sum(len(file.execute(query).fetchall()) for query in FILE)
    import pymysql
    link = pymysql.connect(host=place.hostname or "", port=place.port or 3306, user=place.username, database=place.path[1:])
    with link, link.cursor() as cursor:
        return sum(cursor.execute(query) for query in DATABASE)


if __name__ == "__main__":
    print(rows(sys.argv[1]))
