"""Rows that would make a strategy fail: how many there are, and where the first few are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Node, NodeId
from kernel.core.strategy import Check
from kernel.kinds._numbers import range_of
from kernel.kinds._spec import Scene

MOST = 5
"""So many rows are shown: enough to see what is wrong with them."""


def rows(node: Node, condition: str, scene: Scene, alias: str = "", instead: Iterable[str] = ()) -> Check:
    """Rows of the table of `node` that meet a condition, told by its key; where it has none, by the columns `instead`."""
    columns = _key(node, scene) or tuple(instead)
    source = f"FROM {scene.table(node)}{f' AS {alias}' if alias else ''} WHERE {condition}"
    return Check(f"SELECT count(*) {source}", _few(columns, source, scene), tuple(_column(node, one) for one in columns))


def twice(node: Node, columns: Iterable[str], condition: str, scene: Scene) -> Check:
    """Values of these columns that more than one row has."""
    names = tuple(columns)
    where = f" WHERE {condition}" if condition else ""
    inner = f"SELECT {scene.names(names)} FROM {scene.table(node)}{where} GROUP BY {scene.names(names)} HAVING count(*) > 1"
    source = f"FROM ({inner}) AS _sqlx_twice"
    return Check(f"SELECT count(*) {source}", _few(names, source, scene), tuple(_column(node, one) for one in names))


def nulls(column: Node, scene: Scene) -> Check:
    """Rows that have nothing in this column."""
    return rows(column, f"{scene.name(column.name)} IS NULL", scene)


def without_value(column: Node, scene: Scene) -> tuple[Check, ...]:
    """All rows, where the column that comes holds no nulls and says no value for them; a domain may say it, or the server think of one."""
    given = column.get("default") is not None or column.text("generated") or column.text("identity")
    if column.get("nullable", True) or given or any(one.kind == "domain" for one in column.depends_on):
        return ()
    return (replace(rows(column, "TRUE", scene), unless="column.add.add@bound"),)


_TEXT = re.compile(r"(?:(?:var)?char|character|(?:tiny|medium|long)?text|(?:tiny|medium|long)?blob|(?:var)?binary)\b", re.I)


def thought_of(type: str) -> str:
    """What a server that thinks of a value by itself gives the rows which have none; "" where that is not known of this type."""
    return "0" if range_of(type) else "''" if _TEXT.match(type) else ""


def _few(columns: tuple[str, ...], source: str, scene: Scene) -> str:
    return f"SELECT {scene.names(columns)} {source} ORDER BY {scene.names(columns)} LIMIT {MOST}" if columns else ""


def _key(node: Node, scene: Scene) -> tuple[str, ...]:
    keys = scene.before.children(NodeId("table", node.id.path[:2]), "primary_key")
    return tuple(part.text("column") for key in keys for part in key.records("columns") if part.text("column"))


def _column(node: Node, name: str) -> NodeId:
    return NodeId("column", (*node.id.path[:2], name))
