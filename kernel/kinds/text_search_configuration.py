"""Text search configuration: which dictionaries make words comparable, for each sort of word that a parser finds."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import USER_SCHEMA, address, not_member, texts
from kernel.kinds._comments import COMMENT, said, set_comment
from kernel.kinds._comments import story as commented
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_TS_CONFIG = "3602"

USUAL = '"default"'
WHAT = "TEXT SEARCH CONFIGURATION"

PG = f"""
    SELECT c.oid, n.nspname, c.cfgname,
           (SELECT pg_catalog.format(CASE pn.nspname WHEN 'pg_catalog' THEN '%2$I' ELSE '%1$I.%2$I' END, pn.nspname, p.prsname)
              FROM pg_catalog.pg_ts_parser AS p JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.prsnamespace WHERE p.oid = c.cfgparser),
           (SELECT pg_catalog.array_agg(t.alias || chr(1) || m.dictionaries ORDER BY t.alias)
              FROM (SELECT m.maptokentype, pg_catalog.string_agg(m.mapdict::pg_catalog.regdictionary::text, ', ' ORDER BY m.mapseqno)
                      FROM pg_catalog.pg_ts_config_map AS m WHERE m.mapcfg = c.oid GROUP BY m.maptokentype) AS m (sort, dictionaries)
              JOIN pg_catalog.ts_token_type(c.cfgparser) AS t ON t.tokid = m.sort),
           pg_catalog.obj_description(c.oid, 'pg_ts_config'), {owner_of('c.cfgowner')}
      FROM pg_catalog.pg_ts_config AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_ts_config', 'c.oid')}
  ORDER BY c.oid"""


def read_pg(oid: int, schema: str, name: str, parser: str, mappings: object, comment: str | None, owner: str) -> Iterable[Node]:
    pairs = (one.split("\x01") for one in texts(mappings))
    attributes: dict[str, Value] = {"parser": parser, "comment": comment or "", "owner": owner,
                                    "mappings": tuple(Record(token=token, dictionaries=with_) for token, with_ in pairs)}
    yield Node(NodeId("text_search_configuration", (schema, name)), attributes, None, frozenset({NodeId("schema", (schema,))}),
               {"address": address(PG_TS_CONFIG, oid)})


def _mappings(node: Node) -> dict[str, str]:
    return {one.text("token"): one.text("dictionaries") for one in node.records("mappings")}


def _add(node: Node, tokens: Iterable[str], scene: Scene) -> tuple[str, ...]:
    wanted = _mappings(node)
    return tuple(f"ALTER {WHAT} {scene.name(*node.id.path)} ADD MAPPING FOR {scene.name(one)} WITH {wanted[one]}" for one in tokens)


def create(node: Node, scene: Scene) -> Strategy:
    text = f"CREATE {WHAT} {scene.name(*node.id.path)} (PARSER = {node.text('parser') or USUAL})"
    return Strategy("create", (text, *_add(node, _mappings(node), scene), *made(WHAT, node, scene), *said(WHAT, node, scene)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP {WHAT} {scene.name(*node.id.path)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER {WHAT} {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))


def set_mappings(before: Node, after: Node, scene: Scene) -> Strategy:
    had, now = _mappings(before), _mappings(after)
    gone = [one for one in had if had[one] != now.get(one)]
    drops = (f"ALTER {WHAT} {scene.name(*after.id.path)} DROP MAPPING FOR {scene.names(gone)}",) if gone else ()
    return Strategy("set_mappings", (*drops, *_add(after, [one for one in now if had.get(one) != now[one]], scene)))


def samples(schema: str) -> tuple[Sample, ...]:
    def configuration(name: str = "plain_words", *tokens: str) -> Node:
        mappings = tuple(Record(token=one, dictionaries="simple") for one in tokens)
        return Node(NodeId("text_search_configuration", (schema, name)), {"parser": '"default"', "mappings": mappings})
    here = configuration()
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("rename", (here,), (configuration("renamed"),), configuration("renamed").id),
            Sample("change.mappings", (configuration(here.name, "word"),), (configuration(here.name, "asciiword"),), here.id),
            commented((here,), here), story((here,), here))


KIND = Kind(
    name="text_search_configuration",
    doc="Which dictionaries make words comparable.",
    attributes=(
        Attribute("parser", "text", "what finds the words in a text", otherwise=USUAL, spelled=True),
        Attribute("mappings", "records", "for each sort of word its dictionaries in order; each `{token, dictionaries}`", otherwise=()),
        COMMENT, OWNER,
    ),
    reads=(Read("pg_ts_config", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={"owner": (give(WHAT),), "mappings": (set_mappings,), "comment": (set_comment(WHAT),)},
    samples=samples,
    rank=9,
)
