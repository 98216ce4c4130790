"""Text search dictionary: what makes words comparable, and leaves out those that say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import USER_SCHEMA, address, not_member
from kernel.kinds._comments import COMMENT, said, set_comment
from kernel.kinds._comments import story as commented
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_TS_DICT = "3600"

WHAT = "TEXT SEARCH DICTIONARY"

PG = f"""
    SELECT d.oid, n.nspname, d.dictname,
           (SELECT pg_catalog.format(CASE tn.nspname WHEN 'pg_catalog' THEN '%2$I' ELSE '%1$I.%2$I' END, tn.nspname, t.tmplname)
              FROM pg_catalog.pg_ts_template AS t JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.tmplnamespace WHERE t.oid = d.dicttemplate),
           d.dictinitoption, pg_catalog.obj_description(d.oid, 'pg_ts_dict'), {owner_of('d.dictowner')}
      FROM pg_catalog.pg_ts_dict AS d
      JOIN pg_catalog.pg_namespace AS n ON n.oid = d.dictnamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_ts_dict', 'd.oid')}
  ORDER BY d.oid"""


def read_pg(oid: int, schema: str, name: str, template: str, options: str | None, comment: str | None, owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"template": template, "options": options or "", "comment": comment or "", "owner": owner}
    yield Node(NodeId("text_search_dictionary", (schema, name)), attributes, None, frozenset({NodeId("schema", (schema,))}),
               {"address": address(PG_TS_DICT, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    options = f", {node.text('options')}" if node.text("options") else ""
    text = f"CREATE {WHAT} {scene.name(*node.id.path)} (TEMPLATE = {node.text('template')}{options})"
    return Strategy("create", (text, *made(WHAT, node, scene), *said(WHAT, node, scene)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP {WHAT} {scene.name(*node.id.path)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER {WHAT} {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))


def alter(before: Node, after: Node, scene: Scene) -> Strategy:
    """An option without a value is taken off."""
    now = _names(after.text("options"))
    said = [one for one in (after.text("options"), *(name for name in _names(before.text("options")) if name not in now)) if one]
    return Strategy("alter", (f"ALTER {WHAT} {scene.name(*after.id.path)} ({', '.join(said)})",))


def _names(options: str) -> list[str]:
    """The options' names, without their values in quotes."""
    return re.findall(r"""((?:"(?:[^"]|"")*"|\w+)) =""", re.sub(r"'(?:[^']|'')*'", "", options))


def samples(schema: str) -> tuple[Sample, ...]:
    def dictionary(name: str = "plain_words", **attributes: Value) -> Node:
        return Node(NodeId("text_search_dictionary", (schema, name)), {"template": "simple", "options": "", **attributes})
    here = dictionary()
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("rename", (here,), (dictionary("renamed"),), dictionary("renamed").id),
            Sample("change.options", (here,), (dictionary(options="accept = 'false'"),), here.id),
            commented((here,), here), story((here,), here))


KIND = Kind(
    name="text_search_dictionary",
    doc="What makes words comparable, and leaves out those that say nothing.",
    attributes=(
        Attribute("template", "text", "what it is made from", spelled=True),
        Attribute("options", "expression", "`language = 'english'` and the like, separated by commas", otherwise="", spelled=True),
        COMMENT, OWNER,
    ),
    reads=(Read("pg_ts_dict", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={"owner": (give(WHAT),), "options": (alter,), "comment": (set_comment(WHAT),)},
    samples=samples,
    rank=8,
)
