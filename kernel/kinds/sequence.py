"""Sequence: a counter with a name. One that counts an identity column belongs to that column and is not read here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kernel.core.errors import NotUnderstood
from kernel.core.node import Catalog, Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import PG_CLASS, USER_SCHEMA, address, not_member
from kernel.kinds._ownership import OWNER, made, owner_of, statement, story
from kernel.kinds._shown_text import said
from kernel.kinds._spec import Attribute, Kind, Move, Read, Sample, Scene

PG = f"""
    SELECT c.oid, n.nspname, c.relname, pg_catalog.format_type(s.seqtypid, NULL), s.seqstart::text, s.seqincrement::text, s.seqmin::text,
           s.seqmax::text, s.seqcache::text, s.seqcycle, pg_catalog.obj_description(c.oid, 'pg_class'), {owner_of('c.relowner')},
           c.relpersistence = 'u'
      FROM pg_catalog.pg_sequence AS s
      JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                          AND d.objid = c.oid AND d.deptype = 'i')
  ORDER BY c.oid"""


def read_pg(oid: int, schema: str, name: str, type: str, start: str, increment: str, minimum: str, maximum: str, cache: str,
            cycle: bool, comment: str | None, owner: str, unlogged: bool) -> Iterable[Node]:
    attributes: dict[str, Value] = {"type": type, "start": start, "increment": increment, "minimum": minimum, "maximum": maximum,
                                    "cache": cache, "cycle": cycle, "comment": comment or "", "owner": owner, "unlogged": unlogged}
    hints: dict[str, Value] = {"address": address(PG_CLASS, oid)}
    yield Node(NodeId("sequence", (schema, name)), attributes, None, frozenset({NodeId("schema", (schema,))}), hints)


SHOWN = """
    SELECT t.TABLE_NAME FROM information_schema.TABLES AS t
     WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'SEQUENCE' AND LEFT(t.TABLE_NAME, 6) <> '_sqlx_' ORDER BY t.TABLE_NAME"""

_SHOWN = re.compile(r"CREATE SEQUENCE `(?:``|[^`])*`(?: as (?P<type>\w+(?: unsigned)?))? start with (?P<start>-?\d+) minvalue (?P<minimum>-?\d+)"
                    r" maxvalue (?P<maximum>-?\d+) increment by (?P<increment>-?\d+) (?:cache (?P<cache>\d+)|nocache) (?P<cycle>no)?cycle"
                    r"(?: ENGINE=(?P<engine>\w+))?(?: COMMENT='(?P<comment>.*)')?\s*", re.I | re.S)


def read_shown(name: str, _: str, text: str) -> Iterable[Node]:
    shown = _SHOWN.fullmatch(text)
    if shown is None:
        raise NotUnderstood(f"the text of sequence {name} is not one that sqlx can read", where=name, why=text[:200])
    words = shown.groupdict()
    attributes: dict[str, Value] = {**{key: words[key] or "" for key in ("type", "start", "increment", "minimum", "maximum")},
                                    "cache": words["cache"] or "0", "cycle": not words["cycle"], "engine": words["engine"] or "",
                                    "comment": said(f"'{words['comment']}'") if words["comment"] else ""}
    yield Node(NodeId("sequence", ("", name)), attributes)


_WORDS = (("type", "AS"), ("start", "START"), ("increment", "INCREMENT"), ("minimum", "MINVALUE"), ("maximum", "MAXVALUE"), ("cache", "CACHE"))


def _clauses(node: Node, names: Iterable[str]) -> str:
    chosen = set(names)
    return "".join(f" {word} {node.text(name)}" for name, word in _WORDS if name in chosen and node.text(name))


def create(node: Node, scene: Scene) -> Strategy:
    comment = set_comment(node, node, scene).statements if node.text("comment") and not scene.q.comment("x") else ()
    words = "UNLOGGED SEQUENCE" if node.flag("unlogged") else "SEQUENCE"
    cycle = " CYCLE" if node.flag("cycle") else ""
    engine = f" ENGINE={node.text('engine')}" if node.text("engine") else ""
    said_here = f" COMMENT={scene.q.literal(node.text('comment'))}" if node.text("comment") and not comment else ""
    return Strategy("create", (f"CREATE {words} {scene.name(*node.id.path)}{_clauses(node, node.attributes)}{cycle}{engine}{said_here}",
                               *made("SEQUENCE", node, scene), *comment))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP SEQUENCE {scene.name(*node.id.path)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER SEQUENCE {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))


def rename_as_table(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename_as_table", (f"RENAME TABLE {scene.name(*before.id.path)} TO {scene.name(*after.id.path)}",))


def set_engine(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_engine", (f"ALTER TABLE {scene.name(*after.id.path)} ENGINE={after.text('engine')}",))


def alter(before: Node, after: Node, scene: Scene) -> Strategy | None:
    names = _differing(before, after)
    said = _clauses(after, names)
    return Strategy("alter", (f"ALTER SEQUENCE {scene.name(*after.id.path)}{said}",), attributes=tuple(names)) if said else None


def alter_apart(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The type by itself, where the server takes nothing beside it: before its bounds where they get wider, else after them. The widest one is not
    shown. MariaDB 11.8 takes the keys of the last table that the session has made for the sequence's own (error 4086), unless another table was
    altered meanwhile: that is what its engine is said for."""
    names = _differing(before, after)
    if "type" not in names:
        return None
    here = f"ALTER SEQUENCE {scene.name(*after.id.path)}"
    bounds = _clauses(after, (name for name in names if name != "type"))
    stays = set_engine(before, before, scene).statements if before.text("engine") else ()
    typed = (*stays, f"{here} AS {after.text('type') or WIDEST}")
    bound = (here + bounds,) if bounds else ()
    wider = _WIDTHS.get(_plainly(after), 8) >= _WIDTHS.get(_plainly(before), 8)
    return Strategy("alter_apart", (*typed, *bound) if wider else (*bound, *typed), attributes=tuple(names))


WIDEST = "bigint"
_WIDTHS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4}


def _plainly(node: Node) -> str:
    return node.text("type").partition(" ")[0].lower()


def _differing(before: Node, after: Node) -> list[str]:
    return [name for name, _ in _WORDS if before.get(name) != after.get(name)]


def set_cycle(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_cycle", (f"ALTER SEQUENCE {scene.name(*after.id.path)} {'CYCLE' if after.flag('cycle') else 'NO CYCLE'}",))


def set_cycle_in_one_word(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_cycle_in_one_word", (f"ALTER SEQUENCE {scene.name(*after.id.path)} {'CYCLE' if after.flag('cycle') else 'NOCYCLE'}",))


def set_logged(before: Node, after: Node, scene: Scene) -> Strategy:
    """One that goes with a column goes along when its table is written to the log, or not any more."""
    text = f"ALTER SEQUENCE {scene.name(*after.id.path)} SET {'UNLOGGED' if after.flag('unlogged') else 'LOGGED'}"
    return Strategy("set_logged", () if _table_moves(after, "unlogged", scene) else (text,))


def _table_moves(node: Node, attribute: str, scene: Scene) -> bool:
    """The table whose column it goes with, before and after, gets another value of this attribute."""
    before, after = (_table_of(node, catalog) for catalog in (scene.before, scene.goal))
    return before is not None and after is not None and before.get(attribute) != after.get(attribute)


def _table_of(node: Node, catalog: Catalog) -> Node | None:
    columns = [one for link in catalog.children(node.id, "sequence_owner") for one in link.depends_on if one.kind == "column"]
    return catalog.get(NodeId("table", columns[0].path[:2])) if columns else None


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (f"COMMENT ON SEQUENCE {scene.name(*after.id.path)} IS {scene.q.literal(after.text('comment') or None)}",))


def give(before: Node, after: Node, scene: Scene) -> Strategy:
    """One that goes with a column goes along when its table gets another owner."""
    linked = all(catalog.children(after.id, "sequence_owner") for catalog in (scene.before, scene.after))
    return Strategy("give", () if linked else (statement("SEQUENCE", scene.name(*after.id.path), after, scene),))


def save(node: Node, aside: Node, scene: Scene) -> Strategy:
    """The number that it has come to: whoever makes it again begins anew, and gives out numbers that rows have already."""
    reached = "last_value, is_called" if node.get("engine") is None else "next_not_cached_value AS last_value"
    return Strategy("save", (f"CREATE TABLE {scene.name(*aside.id.path)} AS SELECT {reached} FROM {scene.name(*node.id.path)}",))


def go_on(node: Node, aside: Node, scene: Scene) -> Strategy:
    name, kept = scene.name(*node.id.path), scene.name(*aside.id.path)
    if node.get("engine") is None:
        return Strategy("go_on", (f"SELECT pg_catalog.setval({scene.q.literal(name)}::pg_catalog.regclass, last_value, is_called) FROM {kept}",))
    put = scene.q.literal(f"SELECT SETVAL({name}, ")
    return Strategy("go_on", (f"SELECT last_value INTO @_sqlx_reached FROM {kept}", f"EXECUTE IMMEDIATE CONCAT({put}, @_sqlx_reached, ', 0)')"))


def samples(schema: str) -> tuple[Sample, ...]:
    here = Node(NodeId("sequence", (schema, "counted")), {"increment": "1", "cycle": False, "maximum": "1000"})
    renamed = Node(NodeId("sequence", (schema, "renamed")), here.attributes)
    def changed(base: Node = here, **attributes: Value) -> Sample:
        return Sample(f"change.{next(iter(attributes))}", (base,), (base.with_(**attributes),), here.id)
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), Sample("rename", (here,), (renamed,), renamed.id),
            changed(increment="2"), changed(maximum="2000"), changed(minimum="-10"), changed(start="5"), changed(cache="20"),
            changed(engine="MyISAM"), changed(here.with_(type="integer"), type="bigint"),
            *(replace(changed(here.with_(type="integer"), **{name: "-5" if name == "minimum" else "5"}, type="bigint"), ways=("alter_apart",))
              for name in ("maximum", "minimum")),
            Sample("change.cycle", (here.with_(cycle=True),), (here,), here.id),
            changed(comment="said"), changed(unlogged=True),
            story((here,), here))


_CHANGE: dict[str, tuple[Move, ...]] = {**{name: (alter, alter_apart) for name, _ in _WORDS}, "cycle": (set_cycle, set_cycle_in_one_word)}

KIND = Kind(
    name="sequence",
    doc="A counter with a name.",
    attributes=(
        Attribute("type", "type", "the type of its numbers", spelled=True),
        Attribute("start", "text", "the first number", spelled=True), Attribute("increment", "text", "the step", spelled=True),
        Attribute("minimum", "text", "the lowest number", spelled=True), Attribute("maximum", "text", "the highest number", spelled=True),
        Attribute("cache", "text", "how many numbers a session takes at a time", spelled=True),
        Attribute("cycle", "flag", "begin again after the last", otherwise=False),
        Attribute("unlogged", "flag", "not written to the log", otherwise=False),
        Attribute("engine", "text", "the storage engine", otherwise="", spelled=True),
        Attribute("comment", "text", "what people should know about it", otherwise=""), OWNER,
    ),
    reads=(Read("pg_sequence", PG, read_pg), Read("shown_text", SHOWN, read_shown, "SHOW CREATE SEQUENCE {}")),
    add=(create,),
    drop=(drop,),
    rename=(rename, rename_as_table),
    change={"owner": (give,), **_CHANGE, "engine": (set_engine,), "unlogged": (set_logged,), "comment": (set_comment,)},
    keep=(save,),
    restore=(go_on,),
    samples=samples,
    counts=True,
    rank=5,
)
