"""Who needs whom, as the server's own dependency table says: no object, but the order of all others follows from it."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.kinds._catalogs import Edge, address
from kernel.kinds._spec import Kind, Read

PG = """
    SELECT d.classid::bigint, d.objid::bigint, d.objsubid, d.refclassid::bigint, d.refobjid::bigint, d.refobjsubid
      FROM pg_catalog.pg_depend AS d WHERE d.deptype IN ('n', 'a', 'i') AND d.refobjid >= 16384
       AND NOT (d.deptype = 'i' AND (d.classid IN (1247, 2620) OR d.classid = 1259 AND d.refclassid = 2606))
       AND NOT (d.classid = 1259 AND d.refobjsubid > 0 AND EXISTS (SELECT FROM pg_catalog.pg_sequence AS s WHERE s.seqrelid = d.objid))
     UNION ALL
    SELECT 2604, oid::bigint, 0, 1259, adrelid::bigint, -adnum FROM pg_catalog.pg_attrdef
     UNION ALL
    SELECT 2618, oid::bigint, 0, 1259, -ev_class::bigint, 0 FROM pg_catalog.pg_rewrite WHERE ev_class >= 16384 AND rulename = '_RETURN'
     UNION ALL
    SELECT 1247, t.oid::bigint, 0, 1259, -t.typrelid::bigint, 0 FROM pg_catalog.pg_type AS t WHERE t.typrelid >= 16384
     UNION ALL
    SELECT 1247, t.typarray::bigint, 0, 1247, -t.oid::bigint, 0 FROM pg_catalog.pg_type AS t WHERE t.oid >= 16384 AND t.typarray <> 0
     UNION ALL
    SELECT d.classid::bigint, d.objid::bigint, 0, 1247, -d.refobjid::bigint, 0 FROM pg_catalog.pg_depend AS d
     WHERE d.classid IN (1247, 1255) AND d.refclassid = 1247 AND d.deptype = 'i' AND d.refobjid >= 16384
     UNION ALL
    SELECT d.classid::bigint, d.objid::bigint, 0, d.refclassid::bigint, -d.refobjid::bigint, 0 FROM pg_catalog.pg_depend AS d
     WHERE d.classid IN (2602, 2603) AND d.refclassid IN (2616, 2753) AND d.deptype IN ('a', 'i') AND d.refobjid >= 16384
     UNION ALL
    SELECT 1259, t.typrelid::bigint, 0, 1247, -t.oid::bigint, 0 FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid WHERE c.relkind = 'c' AND t.oid >= 16384
     UNION ALL
    SELECT d.classid::bigint, d.objid::bigint, 0, 3079, -d.refobjid::bigint, 0 FROM pg_catalog.pg_depend AS d
     WHERE d.deptype = 'e' AND d.refobjid >= 16384
     UNION ALL
    SELECT 1259, c.conindid::bigint, 0, 2606, -c.oid::bigint, 0 FROM pg_catalog.pg_constraint AS c WHERE c.contype IN ('p', 'u', 'x')"""
"""Real dependencies, and after them what stands for something else: a negative number says so. What a server makes of an object for itself (the type
of a table's rows, the index of a key, the triggers of a foreign key) is that object under another name."""


def read_pg(table: int, oid: int, column: int, other_table: int, other: int, other_column: int) -> Iterable[Edge]:
    """An edge; or, where a number is negative, the address for which the first one is only another name."""
    stands_for = other < 0 or other_column < 0
    needed = address(str(other_table), abs(other), abs(other_column))
    yield Edge(address(str(table), oid, column), ("=" if stands_for else "") + needed)


KIND = Kind(name="dependency", doc="Who needs whom.", attributes=(), reads=(Read("pg_depend", PG, read_pg),), rank=99)
