"""Materialized view: a query with a name and with its rows, which are as old as its last refresh."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import PG_CLASS, USER_SCHEMA, address, not_member, texts
from kernel.kinds._column_settings import OF_COLUMNS, of_columns, read_of, selected_of, set_column_settings
from kernel.kinds._comments import COMMENT, said, set_comment
from kernel.kinds._comments import story as commented
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._relation import (
    COLUMN_COMMENTS,
    STORED,
    column_comments,
    comments_of_columns,
    in_turn,
    options_clause,
    said_of_columns,
    set_column_comments,
    set_options,
)
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG = f"""
    SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_viewdef(c.oid), {STORED}, m.amname, t.spcname,
           pg_catalog.obj_description(c.oid, 'pg_class'), {owner_of('c.relowner')}, {comments_of_columns('c.oid')},
           {selected_of('c.oid')}
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
      LEFT JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
     WHERE c.relkind = 'm' AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
  ORDER BY c.oid"""


def read_pg(oid: int, schema: str, name: str, text: str, options: object, method: str | None, tablespace: str | None, comment: str | None,
            owner: str, columns: object, settings: object) -> Iterable[Node]:
    attributes: dict[str, Value] = {
        "definition": text.strip().rstrip(";"), "options": tuple(sorted(texts(options))), "access_method": "" if method in (None, "heap") else method,
        "tablespace": tablespace or "", "comment": comment or "", "owner": owner, "column_comments": said_of_columns(columns),
        "column_settings": read_of(settings)}
    yield Node(NodeId("materialized_view", (schema, name)), attributes, None, frozenset({NodeId("schema", (schema,))}),
               {"address": address(PG_CLASS, oid), **in_turn(options)})


def create(node: Node, scene: Scene) -> Strategy:
    using = f" USING {scene.name(node.text('access_method'))}" if node.text("access_method") else ""
    options = f" WITH ({options_clause(node)})" if node.names("options") else ""
    space = f" TABLESPACE {scene.name(node.text('tablespace'))}" if node.text("tablespace") else ""
    text = f"CREATE MATERIALIZED VIEW {scene.name(*node.id.path)}{using}{options}{space} AS {node.text('definition')}"
    return Strategy("create", (text, *made("MATERIALIZED VIEW", node, scene), *said("MATERIALIZED VIEW", node, scene),
                               *column_comments(None, node, scene), *of_columns(None, node, scene)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP MATERIALIZED VIEW {scene.name(*node.id.path)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER MATERIALIZED VIEW {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))


def set_tablespace(before: Node, after: Node, scene: Scene) -> Strategy:
    space = scene.name(after.text("tablespace") or "pg_default")
    return Strategy("set_tablespace", (f"ALTER MATERIALIZED VIEW {scene.name(*after.id.path)} SET TABLESPACE {space}",))


def set_access_method(before: Node, after: Node, scene: Scene) -> Strategy:
    method = scene.name(after.text("access_method") or "heap")
    return Strategy("set_access_method", (f"ALTER MATERIALIZED VIEW {scene.name(*after.id.path)} SET ACCESS METHOD {method}",))


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", noted(schema))
    owner, plain = whole[0], whole[3]
    needs = frozenset({owner.id, plain.id})
    where = f"{schema}.rehearsed" if schema else "rehearsed"

    def view(name: str = "kept", text: str = "SELECT noted FROM {}", **attributes: Value) -> Node:
        return Node(NodeId("materialized_view", (schema, name)), {"definition": text.format(where), **attributes}, None, needs)
    here = view()
    wider = tuple(one.with_(type="varchar(40)") if one.id == plain.id else one for one in whole)
    return (Sample("add", whole, (*whole, here), here.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, view("renamed")), view("renamed").id),
            Sample("change.options", (*whole, here), (*whole, view(options=("fillfactor=70",))), here.id),
            Sample("change.column_comments", (*whole, here), (*whole, view(column_comments=said_of_columns(["noted\x01said"]))), here.id),
            Sample("change.type", (*whole, here), (*wider, here), plain.id, "materialized_view"),
            Sample("change.column_settings", (*whole, here), (*whole, view(column_settings=(Record(column="noted", statistics=50),))), here.id),
            commented((*whole, here), here), story((*whole, here), here))


KIND = Kind(
    name="materialized_view",
    doc="A query with a name whose rows are kept until it is refreshed.",
    attributes=(
        Attribute("definition", "expression", "the query", spelled=True),
        Attribute("options", "names", "storage parameters, `name=value`", otherwise=()),
        Attribute("access_method", "text", "how its rows are stored, where it is not the usual way", otherwise=""),
        Attribute("tablespace", "text", "where its rows are stored, where it is not the database's own place", otherwise=""),
        COLUMN_COMMENTS, OF_COLUMNS, COMMENT, OWNER,
    ),
    reads=(Read("pg_matviews", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={
        "column_settings": (set_column_settings,),
        "owner": (give("MATERIALIZED VIEW"),),
        "options": (set_options("MATERIALIZED VIEW"),),
        "tablespace": (set_tablespace,),
        "access_method": (set_access_method,),
        "column_comments": (set_column_comments,),
        "comment": (set_comment("MATERIALIZED VIEW"),),
    },
    samples=samples,
    untold=("change.access_method", "change.tablespace"),
    rank=71,
)
