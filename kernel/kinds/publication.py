"""Publication: the changes of some tables, for other servers to follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import address, not_member, texts
from kernel.kinds._comments import COMMENT, said, set_comment
from kernel.kinds._comments import story as commented
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_PUBLICATION = "6104"

_HEAD = f"""
    SELECT p.oid, p.pubname, pg_catalog.to_jsonb(p), pg_catalog.obj_description(p.oid, 'pg_publication'), {owner_of('p.pubowner')},"""

_REST = f"""
      FROM pg_catalog.pg_publication AS p
     WHERE {not_member('pg_catalog.pg_publication', 'p.oid')}
  ORDER BY p.oid"""

PG = f"""{_HEAD}
           (SELECT pg_catalog.array_agg(n.nspname::text ORDER BY n.nspname) FROM pg_catalog.pg_publication_namespace AS s
              JOIN pg_catalog.pg_namespace AS n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid){_REST}"""

PG_BY_TABLE = f"{_HEAD} NULL{_REST}"
"""Of a server that publishes no schemas."""

EVERY_ACTION = ("insert", "update", "delete", "truncate")
ACTIONS = (("pubinsert", "insert"), ("pubupdate", "update"), ("pubdelete", "delete"), ("pubtruncate", "truncate"))
GENERATED = {"s": "stored", "n": ""}


def read_pg(oid: int, name: str, row: Mapping[str, Any], comment: str | None, owner: str, schemas: object) -> Iterable[Node]:
    """The row has what this server knows of a publication."""
    attributes: dict[str, Value] = {
        "all_tables": row["puballtables"], "publish": tuple(word for key, word in ACTIONS if row[key]), "via_root": row.get("pubviaroot", False),
        "generated_columns": GENERATED.get(row.get("pubgencols", "n"), ""), "schemas": texts(schemas), "comment": comment or "", "owner": owner}
    needs = frozenset(NodeId("schema", (one,)) for one in texts(schemas))
    yield Node(NodeId("publication", (name,)), attributes, None, needs, {"address": address(PG_PUBLICATION, oid)})


def _options(node: Node, names: Iterable[str], scene: Scene) -> str:
    publish = node.names("publish") if "publish" in node.attributes else EVERY_ACTION
    words = {"publish": f"publish = {scene.q.literal(', '.join(publish))}",
             "via_root": f"publish_via_partition_root = {'true' if node.flag('via_root') else 'false'}",
             "generated_columns": f"publish_generated_columns = {node.text('generated_columns') or 'none'}"}
    return ", ".join(words[one] for one in names)


def create(node: Node, scene: Scene) -> Strategy:
    """Tables are added when they are there."""
    names = ["publish", *(one for one in ("via_root", "generated_columns") if node.get(one))]
    schemas = f" FOR TABLES IN SCHEMA {scene.names(node.names('schemas'))}" if node.names("schemas") else ""
    what = " FOR ALL TABLES" if node.flag("all_tables") else schemas
    text = f"CREATE PUBLICATION {scene.name(node.name)}{what} WITH ({_options(node, names, scene)})"
    return Strategy("create", (text, *made("PUBLICATION", node, scene), *said("PUBLICATION", node, scene)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP PUBLICATION {scene.name(node.name)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER PUBLICATION {scene.name(before.name)} RENAME TO {scene.name(after.name)}",))


def set_options(before: Node, after: Node, scene: Scene) -> Strategy:
    names = [one for one in ("publish", "via_root", "generated_columns") if before.get(one) != after.get(one)]
    text = f"ALTER PUBLICATION {scene.name(after.name)} SET ({_options(after, names, scene)})"
    return Strategy("set_options", (text,), attributes=tuple(names))


def set_schemas(before: Node, after: Node, scene: Scene) -> Strategy:
    here = f"ALTER PUBLICATION {scene.name(after.name)}"
    had, now = before.names("schemas"), after.names("schemas")
    pairs = (("DROP", [one for one in had if one not in now]), ("ADD", [one for one in now if one not in had]))
    return Strategy("set_schemas", tuple(f"{here} {verb} TABLES IN SCHEMA {scene.names(names)}" for verb, names in pairs if names))


def samples(schema: str) -> tuple[Sample, ...]:
    def publication(name: str = "published", **attributes: Value) -> Node:
        return Node(NodeId("publication", (name,)), {"all_tables": False, "publish": EVERY_ACTION, **attributes})
    here, other = publication(), Node(NodeId("schema", (schema,)), {})
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("rename", (here,), (publication("renamed"),), publication("renamed").id),
            Sample("change.publish", (here,), (publication(publish=("insert",)),), here.id),
            Sample("change.via_root", (here,), (publication(via_root=True),), here.id),
            Sample("change.generated_columns", (here,), (publication(generated_columns="stored"),), here.id),
            Sample("change.schemas", (here,), (publication(schemas=(other.name,)),), here.id),
            commented((here,), here), story((here,), here))


KIND = Kind(
    name="publication",
    doc="The changes of some tables, for other servers to follow.",
    attributes=(
        Attribute("all_tables", "flag", "every table there is and will be", otherwise=False),
        Attribute("publish", "names", "`insert`, `update`, `delete`, `truncate`", otherwise=EVERY_ACTION),
        Attribute("via_root", "flag", "changes of a partition are told as those of its table", otherwise=False),
        Attribute("generated_columns", "text", "`stored` if these are told as well", otherwise=""),
        Attribute("schemas", "names", "schemas all of whose tables are told of", otherwise=()),
        COMMENT, OWNER,
    ),
    reads=(Read("pg_publication", PG, read_pg), Read("pg_publication_by_table", PG_BY_TABLE, read_pg)),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={
        "owner": (give("PUBLICATION"),),
        **dict.fromkeys(("publish", "via_root", "generated_columns"), (set_options,)),
        "schemas": (set_schemas,),
        "comment": (set_comment("PUBLICATION"),),
    },
    samples=samples,
    rank=80,
    outside=True,
)
