"""A table in a publication: with all of its columns and rows, or with some."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import RELATION_KIND, address, column_ids, not_member, texts
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_PUBLICATION_REL = "6106"

_HEAD = """
    SELECT r.oid, p.pubname, n.nspname, c.relname, c.relkind"""

_REST = f"""
      FROM pg_catalog.pg_publication_rel AS r
      JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
      JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE {not_member('pg_catalog.pg_publication', 'p.oid')}
  ORDER BY r.oid"""

PG = f"""{_HEAD}, pg_catalog.pg_get_expr(r.prqual, r.prrelid),
           (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)){_REST}"""

PG_WHOLE = f"{_HEAD}, NULL, NULL{_REST}"
"""Of a server that publishes whole tables only."""


def read_pg(oid: int, publication: str, schema: str, name: str, relkind: str, where: str | None, columns: object) -> Iterable[Node]:
    owner, kind = NodeId("publication", (publication,)), RELATION_KIND[relkind]
    yield Node(NodeId("publication_table", (publication, schema, name)), {"columns": texts(columns), "where": where or ""}, owner,
               frozenset({owner}) | _needs(schema, name, texts(columns), kind), {"address": address(PG_PUBLICATION_REL, oid)})


def _needs(schema: str, name: str, columns: Iterable[str], kind: str = "table") -> frozenset[NodeId]:
    return frozenset({NodeId(kind, (schema, name))}) | column_ids(schema, name, columns)


def _member(node: Node, scene: Scene) -> str:
    columns = f" ({scene.names(node.names('columns'))})" if node.names("columns") else ""
    where = f" WHERE ({node.text('where')})" if node.text("where") else ""
    return f"TABLE ONLY {scene.name(*node.id.path[1:])}{columns}{where}"


def _here(node: Node, scene: Scene) -> str:
    return f"ALTER PUBLICATION {scene.name(node.id.path[0])}"


def add(node: Node, scene: Scene) -> Strategy:
    return Strategy("add", (f"{_here(node, scene)} ADD {_member(node, scene)}",))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"{_here(node, scene)} DROP TABLE ONLY {scene.name(*node.id.path[1:])}",))


def add_again(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("add_again", (*drop(before, scene).statements, *add(after, scene).statements), attributes=("columns", "where"))


def samples(schema: str) -> tuple[Sample, ...]:
    whole = table(schema, "rehearsed", noted(schema))
    owner = Node(NodeId("publication", ("published",)), {"publish": ("insert",)})

    def member(**attributes: Value) -> Node:
        needs = frozenset({owner.id, whole[0].id, whole[3].id})
        return Node(NodeId("publication_table", (owner.name, schema, "rehearsed")), {"columns": (), "where": "", **attributes}, owner.id, needs)
    here, all = member(), (*whole, owner)
    some = member(where="noted = 'x'")
    wider = tuple(one.with_(type="varchar(40)") if one.id == whole[3].id else one for one in all)
    return (Sample("add", all, (*all, here), here.id), Sample("drop", (*all, here), all, here.id),
            Sample("change.columns", (*all, here), (*all, member(columns=("id",))), here.id),
            Sample("change.where", (*all, here), (*all, some), here.id),
            Sample("change.type", (*all, some), (*wider, some), whole[3].id, "publication_table"))


KIND = Kind(
    name="publication_table",
    doc="A table in a publication.",
    attributes=(
        Attribute("columns", "names", "only these columns", otherwise=()),
        Attribute("where", "expression", "only rows that meet this", otherwise="", spelled=True),
    ),
    reads=(Read("pg_publication_rel", PG, read_pg), Read("pg_publication_rel_whole", PG_WHOLE, read_pg)),
    add=(add,),
    drop=(drop,),
    change=dict.fromkeys(("columns", "where"), (add_again,)),
    samples=samples,
    rank=81,
    section="tables",
    elsewhere=True,
    depends=lambda node: _needs(node.id.path[1], node.id.path[2], node.names("columns")),
    parent="publication",
)
