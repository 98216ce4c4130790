"""Text search parsers and templates: a name for a few functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import USER_SCHEMA, address, not_member
from kernel.kinds._comments import COMMENT, said, set_comment, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene


def kind(name: str, what: str, doc: str, table: str, oid: str, prefix: str, functions: dict[str, tuple[str, str]], sample: dict[str, str]) -> Kind:
    """`functions` are the clauses: each its column in the catalog and what it does. They can't be changed."""
    query = f"""
    SELECT t.oid, n.nspname, t.{prefix}name, pg_catalog.obj_description(t.oid, '{table}'),
           {', '.join(f"CASE WHEN t.{column} <> 0 THEN t.{column}::pg_catalog.regproc::text ELSE '' END" for column, _ in functions.values())}
      FROM pg_catalog.{table} AS t
      JOIN pg_catalog.pg_namespace AS n ON n.oid = t.{prefix}namespace
     WHERE {USER_SCHEMA} AND {not_member(f'pg_catalog.{table}', 't.oid')}
  ORDER BY t.oid"""

    def read(number: int, schema: str, called: str, comment: str | None, *values: str) -> Iterable[Node]:
        attributes: dict[str, Value] = {**dict(zip(functions, values, strict=True)), "comment": comment or ""}
        yield Node(NodeId(name, (schema, called)), attributes, None, frozenset({NodeId("schema", (schema,))}), {"address": address(oid, number)})

    def create(node: Node, scene: Scene) -> Strategy:
        clauses = ", ".join(f"{one.upper()} = {node.text(one)}" for one in functions if node.text(one))
        return Strategy("create", (f"CREATE {what} {scene.name(*node.id.path)} ({clauses})", *said(what, node, scene)))

    def drop(node: Node, scene: Scene) -> Strategy:
        return Strategy("drop", (f"DROP {what} {scene.name(*node.id.path)}",))

    def rename(before: Node, after: Node, scene: Scene) -> Strategy:
        return Strategy("rename", (f"ALTER {what} {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))

    return Kind(
        name=name, doc=doc, attributes=(*(Attribute(one, "text", does, otherwise="", spelled=True) for one, (_, does) in functions.items()), COMMENT),
        reads=(Read(table, query, read),), add=(create,), drop=(drop,), rename=(rename,), change={"comment": (set_comment(what),)},
        samples=_samples(name, sample), rank=7)


def _samples(kind: str, functions: dict[str, str]) -> Callable[[str], tuple[Sample, ...]]:
    def samples(schema: str) -> tuple[Sample, ...]:
        here, renamed = (Node(NodeId(kind, (schema, name)), dict(functions)) for name in ("rehearsed", "renamed"))
        return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), Sample("rename", (here,), (renamed,), renamed.id),
                story((here,), here))
    return samples
