"""Pieces of catalog queries that several kinds share, and the small functions that turn their columns into values.

Two catalog families need them: the one with `pg_class`, and the one whose `information_schema` describes a single database
at a time. In the second a database is a schema, so paths begin with an empty part.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from kernel.core.node import Node, NodeId, Value

SCHEMA = ""
"""The schema of a server whose database is the schema."""

OURS = "_sqlx_%"

USER_SCHEMA = r"n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^_sqlx_'"
"""pg_catalog: schemas that belong to people. `n` is pg_namespace."""

NOT_MEMBER = """NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                     WHERE e.classid = '{table}'::pg_catalog.regclass AND e.objid = {oid} AND e.deptype = 'e')"""
"""pg_catalog: the object does not belong to an extension."""

RELATION_KIND = {"r": "table", "p": "table", "v": "view", "m": "materialized_view", "S": "sequence", "f": "foreign_table"}
"""pg_class.relkind -> kind."""

PG_CLASS, PG_CONSTRAINT, PG_NAMESPACE, PG_TYPE, PG_PROC = "1259", "2606", "2615", "1247", "1255"
"""The oids of system tables, as pg_depend names them."""


class Edge(NamedTuple):
    """One object needs another one; both by their address in the server's own dependency table."""

    needs: str
    needed: str


def address(table: str, oid: object, column: object = 0) -> str:
    """An object's address in the server's dependency table."""
    return f"{table}:{oid}:{column}"


def not_member(table: str, oid: str) -> str:
    return NOT_MEMBER.format(table=table, oid=oid)


@lru_cache(maxsize=256)
def table_id(schema: str, table: str) -> NodeId:
    """One value for all that goes with a table: what does is read one after the other."""
    return NodeId("table", (schema, table))


def column_ids(schema: str, table: str, columns: Iterable[str]) -> frozenset[NodeId]:
    return frozenset(NodeId("column", (schema, table, column)) for column in columns)


def of_table(kind: str, schema: str, table: str, name: str, attributes: dict[str, Value], columns: Iterable[str] = (),
             needs: Iterable[NodeId] = (), **hints: Value) -> Node:
    """An object that goes with a table."""
    owner = table_id(schema, table)
    depends = {owner, *needs}
    for column in columns:
        depends.add(NodeId("column", (schema, table, column)))
    return Node(NodeId(kind, (schema, table, name)), attributes, owner, frozenset(depends), hints)


def json_list(text: object) -> tuple[str, ...]:
    """A JSON array of texts from a query; a driver may have read it already."""
    if text is None:
        return ()
    return tuple(json.loads(text)) if isinstance(text, str | bytes) else tuple(text)  # type: ignore[arg-type]


def texts(array: object) -> tuple[str, ...]:
    """An array of texts as the driver gives it."""
    return tuple(array) if array else ()  # type: ignore[arg-type]
