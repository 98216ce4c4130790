"""Small objects for the stories that learning plays: a table with a key, and what can hang on it."""

from __future__ import annotations

from kernel.core.node import Node, NodeId, Record, Value
from kernel.kinds._catalogs import of_table, table_id


def column(schema: str, name: str, table: str = "rehearsed", **attributes: Value) -> Node:
    return of_table("column", schema, table, name, {"nullable": True, "default": None, "generated": None, "identity": "", **attributes})


def key(schema: str, table: str = "rehearsed", name: str = "", **attributes: Value) -> Node:
    return of_table("primary_key", schema, table, name or f"{table}_pkey", {"columns": (Record(column="id"),), **attributes}, ("id",))


def unnamed_key(schema: str, *columns: str) -> Node:
    """The key where the server calls all of them alike."""
    names = columns or ("id",)
    parts = tuple(Record(column=one) for one in names)
    return of_table("primary_key", schema, "rehearsed", "PRIMARY", {"columns": parts, "named": False}, names)


def table(schema: str, name: str = "rehearsed", *more: Node, **attributes: Value) -> tuple[Node, ...]:
    """A table with a key column `id`, and the columns given."""
    owner = Node(table_id(schema, name), dict(attributes))
    return (owner, column(schema, "id", name, type="integer", nullable=False), key(schema, name), *more)


def noted(schema: str, table: str = "rehearsed", **attributes: Value) -> Node:
    """A column of text."""
    return column(schema, "noted", table, **{"type": "varchar(20)", **attributes})


def link(schema: str, name: str = "rehearsed_link", **attributes: Value) -> Node:
    """A foreign key from `rehearsed` to `parent`."""
    target = table_id(schema, "parent")
    return of_table("foreign_key", schema, "rehearsed", name,
                    {"columns": ("id",), "table": target.label, "references": ("id",), **attributes}, ("id",),
                    (target, NodeId("column", (schema, "parent", "id")), key(schema, "parent").id), target=target.path)


def view(schema: str, name: str, text: str, *needs: NodeId) -> Node:
    return Node(NodeId("view", (schema, name)), {"definition": text}, None, frozenset(needs))


def routine(schema: str, name: str, returns: str, language: str, **attributes: Value) -> Node:
    """A function without arguments."""
    said: dict[str, Value] = {"arguments": "", "returns": returns, "language": language, **attributes}
    return Node(NodeId("function", (schema, f"{name}()")), said)


def standing_on(schema: str, name: str) -> tuple[tuple[Node, ...], ...]:
    """What can stand on a column of the table: a formula, a trigger, a function. Each is first, and then what it needs."""
    where = ".".join(part for part in (schema, "rehearsed") if part)
    owner = table_id(schema, "rehearsed")
    fires = routine(schema, "fires", "trigger", "plpgsql", body="BEGIN RETURN NEW; END")
    call = f"BEFORE UPDATE OF {name} ON {where} FOR EACH ROW EXECUTE FUNCTION {schema}.fires()"
    return (
        (column(schema, "formula", type="boolean", generated=f"{name} IS NULL", stored=True),),
        (Node(NodeId("trigger", (*owner.path, "fires")), {"definition": call}, owner, frozenset({owner})), fires),
        (routine(schema, "reads", "bigint", "sql", statement=f"RETURN (SELECT count({name}) FROM {where})"),))
