"""Foreign key: the values of these columns are the key of a row of another table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId, Record, Value
from kernel.core.strategy import Check, Strategy
from kernel.kinds import _constraints as constraints
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _offenders as offenders
from kernel.kinds._catalogs import PG_CONSTRAINT, USER_SCHEMA, address, not_member, of_table, table_id, texts
from kernel.kinds._foreign_parts import said_of
from kernel.kinds._rehearsal import column, link, table
from kernel.kinds._shown_text import SHOW_TABLE, ShownLink, ShownTable, shown_table
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene
from kernel.kinds._stored_text import by_text, read_table

ACTIONS = {"a": "", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

PG = rf"""
    SELECT c.oid, n.nspname, r.relname, c.conname,
           pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(c.oid), ' NOT VALID$', ''), c.convalidated, s.description,
           (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.at) FROM pg_catalog.unnest(c.conkey) WITH ORDINALITY AS k (number, at)
              JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.number),
           fn.nspname, f.relname,
           (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.at) FROM pg_catalog.unnest(c.confkey) WITH ORDINALITY AS k (number, at)
              JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.number),
           c.confdeltype, c.confupdtype, CASE WHEN k.oid IS NOT NULL THEN ARRAY[kn.nspname, kr.relname, k.conname]::text[] END
      FROM pg_catalog.pg_constraint AS c
      JOIN pg_catalog.pg_class AS r ON r.oid = c.conrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
      JOIN pg_catalog.pg_class AS f ON f.oid = c.confrelid
      JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.relnamespace
 LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = c.conparentid
 LEFT JOIN pg_catalog.pg_class AS kr ON kr.oid = k.conrelid
 LEFT JOIN pg_catalog.pg_namespace AS kn ON kn.oid = kr.relnamespace
 LEFT JOIN pg_catalog.pg_description AS s ON s.objoid = c.oid AND s.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
     WHERE c.contype = 'f' AND (c.conparentid = 0 OR k.conrelid <> c.conrelid) AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'r.oid')}
  ORDER BY c.oid"""


def read_pg(oid: int, schema: str, table: str, name: str, definition: str, valid: bool, comment: str | None, columns: object,
            other_schema: str, other: str, references: object, on_delete: str, on_update: str, whole: object) -> Iterable[Node]:
    """`whole` is the key of the table above, where this one came from there."""
    target = table_id(other_schema, other)
    attributes: dict[str, Value] = {
        "columns": texts(columns), "table": target.label, "references": texts(references), "on_delete": ACTIONS[on_delete],
        "on_update": ACTIONS[on_update], "definition": definition, "valid": valid, "comment": comment or ""}
    above = [NodeId("foreign_key", texts(whole))] if whole else []
    yield of_table("foreign_key", schema, table, name, attributes, texts(columns), (target, *above),
                   address=address(PG_CONSTRAINT, oid), target=target.path)


def read_stored(table: str, sql: str) -> Iterable[Node]:
    seen: dict[str, int] = {}
    for one in read_table(sql).constraints:
        if one.sort == "foreign":
            names = [name for name, _ in one.columns]
            plain = f"foreign({','.join(names)})->{one.table}"
            seen[plain] = seen.get(plain, 0) + 1
            name = one.name or plain + (f" {seen[plain]}" if seen[plain] > 1 else "")
            clauses, actions = one.clauses, {"ON DELETE": "", "ON UPDATE": ""}
            for word in actions:
                found = re.search(rf"{word} (CASCADE|RESTRICT|SET NULL|SET DEFAULT|NO ACTION)", clauses)
                if found:
                    actions[word], clauses = found[1].replace("NO ACTION", ""), clauses.replace(found[0], "").strip()
            attributes: dict[str, Value] = {
                "columns": tuple(names), "table": one.table, "references": one.references, "on_delete": actions["ON DELETE"],
                "on_update": actions["ON UPDATE"], "clauses": " ".join(clauses.split()), "named": bool(one.name)}
            yield of_table("foreign_key", "", table, name, attributes, names, (table_id("", one.table),), target=("", one.table))


SHOWN = """
    SELECT t.TABLE_NAME, DATABASE(), k.KEYS_NEEDED
      FROM information_schema.TABLES AS t
      JOIN (SELECT r.TABLE_NAME, json_objectagg(r.CONSTRAINT_NAME, r.UNIQUE_CONSTRAINT_NAME) AS KEYS_NEEDED
              FROM information_schema.REFERENTIAL_CONSTRAINTS AS r WHERE r.CONSTRAINT_SCHEMA = DATABASE() GROUP BY r.TABLE_NAME) AS k
           ON k.TABLE_NAME = t.TABLE_NAME
     WHERE t.TABLE_SCHEMA = DATABASE() AND LEFT(t.TABLE_NAME, 6) <> '_sqlx_'
  ORDER BY t.TABLE_NAME"""


def read_shown(table: str, database: str, keys: str, _: str, text: str) -> Iterable[Node]:
    """With the indexes that the server keeps it by, on both sides: they come before it and go after it."""
    shown, needed = shown_table(text, database), json.loads(keys)
    for one in shown.links:
        schema, other = one.target
        target = table_id(schema, other)
        key = needed.get(one.name)
        backing = [_key_id(schema, other, key)] if key else []
        needs = (target, *(NodeId("column", (schema, other, name)) for name in one.references), *backing, *_backing(table, shown, one))
        attributes: dict[str, Value] = {"columns": one.columns, "table": target.label, "references": one.references, "on_delete": one.on_delete,
                                        "on_update": one.on_update, "clauses": one.clauses}
        yield of_table("foreign_key", "", table, one.name, attributes, one.columns, needs, target=target.path)


def _key_id(schema: str, table: str, name: str) -> NodeId:
    return NodeId("primary_key" if name == "PRIMARY" else "index", (schema, table, name))


def _backing(table: str, shown: ShownTable, link: ShownLink) -> Iterable[NodeId]:
    """The indexes of the table itself that begin with the key's columns."""
    count = len(link.columns)
    return (_key_id("", table, one.name) for one in shown.keys if one.columns[:count] == link.columns)


def instead(link: Node, gone: Node, catalog: Catalog) -> tuple[NodeId, ...]:
    """The other indexes of its own table that begin with its columns, where one of them goes: the server takes what there is."""
    def serves(index: Node) -> bool:
        columns = tuple(part.text("column") for part in index.records("columns"))
        return index.parent == link.parent and columns[:len(link.names("columns"))] == link.names("columns")
    there = catalog[link.id].depends_on if link.id in catalog and serves(gone) else ()
    return tuple(sorted(id for id in there if id in catalog and id != gone.id and serves(catalog[id])))


def clause(node: Node, scene: Scene) -> str:
    if node.text("definition"):
        return constraints.named(node, scene) + node.text("definition")
    path = target_of(node) or (node.text("table"),)
    columns = f" ({scene.names(node.names('references'))})" if node.names("references") else ""
    words = [f"FOREIGN KEY ({scene.names(node.names('columns'))}) REFERENCES {scene.name(*path)}{columns}"]
    words += [f"ON DELETE {node.text('on_delete').upper()}"] if node.text("on_delete") else []
    words += [f"ON UPDATE {node.text('on_update').upper()}"] if node.text("on_update") else []
    words += [node.text("clauses")] if node.text("clauses") else []
    return constraints.named(node, scene) + " ".join(words)


def add(node: Node, scene: Scene) -> Strategy | None:
    if _into_nothing(node, scene):
        return None
    if _alike_above(node, scene.goal, scene.goal):
        return Strategy("add", said_of((node,), scene))
    tail = "" if node.get("valid", True) else " NOT VALID"
    made = constraints.add(node, scene, clause(node, scene), tail=tail, checks=orphans(node, scene))
    return _with_brought(made, node, scene)


def _with_brought(made: Strategy, node: Node, scene: Scene) -> Strategy:
    brought = _brought(node, scene)
    said = said_of((scene.goal[id] for id in sorted(brought)), scene)
    return replace(made, statements=(*made.statements, *said), covers=made.covers | brought)


def _brought(node: Node, scene: Scene) -> frozenset[NodeId]:
    """Its likenesses in the tables below, which come by themselves."""
    again = node.id in scene.before
    return frozenset(key.id for table in inheritance.below(node.parent, scene.before) for key in scene.goal.children(table, "foreign_key")
                     if key.get("definition") == node.get("definition") and node.get("definition") and (again or key.id not in scene.before))


def add_then_validate(node: Node, scene: Scene) -> Strategy | None:
    """New rows obey at once; the old ones are compared under weak locks."""
    if not node.get("valid", True) or "NOT ENFORCED" in node.text("definition"):
        return None
    if _alike_above(node, scene.goal, scene.goal):
        return None
    first = constraints.add(node, scene, clause(node, scene), "add_then_validate", " NOT VALID", orphans(node, scene))
    text = f"ALTER TABLE {scene.table(node)} VALIDATE CONSTRAINT {scene.name(node.name)}"
    return _with_brought(Strategy(first.name, (*first.statements, text), checks=first.checks, apart=True), node, scene)


def add_by_parts(node: Node, scene: Scene) -> Strategy | None:
    """Each partition has the key first, its rows compared under weak locks: the key of the whole table then takes those for its own."""
    there = inheritance.below(node.parent, scene.before) if inheritance.is_spread(node, scene) else ()
    keys = [key for table in sorted(there) if not scene.before[table].text("partition_by") for key in scene.goal.children(table, "foreign_key")
            if key.id in _brought(node, scene)]
    if not keys or not node.get("valid", True) or "NOT ENFORCED" in node.text("definition") or _alike_above(node, scene.goal, scene.goal):
        return None
    first = (text for key in keys for text in (f"ALTER TABLE {scene.table(key)} ADD {clause(key, scene)} NOT VALID",
                                               f"ALTER TABLE {scene.table(key)} VALIDATE CONSTRAINT {scene.name(key.name)}"))
    whole = _with_brought(constraints.add(node, scene, clause(node, scene), "add_by_parts", checks=orphans(node, scene)), node, scene)
    return replace(whole, statements=(*first, *whole.statements), apart=True,
                   sweep=tuple(f"ALTER TABLE {scene.table(key)} DROP CONSTRAINT IF EXISTS {scene.name(key.name)}" for key in keys))


def _alike_above(node: Node, links: Catalog, keys: Catalog) -> tuple[Node, ...]:
    """The same key of the tables above: a partition has its keys from there."""
    if not inheritance.is_partition(node.parent, links):
        return ()
    tables = inheritance.above(node.parent, links)
    return tuple(one for table in tables for one in keys.children(table, "foreign_key") if one.get("definition") == node.get("definition"))


def drop(node: Node, scene: Scene) -> Strategy:
    if any(one.id not in scene.goal for one in _alike_above(node, scene.before, scene.before)):
        return inheritance.nothing("drop")
    below = [key.id for table in inheritance.below(node.parent, scene.before) for key in scene.before.children(table, "foreign_key")
             if key.get("definition") == node.get("definition") and node.get("definition")]
    return replace(constraints.drop(node, scene), covers=frozenset(below))


def add_beside_index(node: Node, scene: Scene) -> Strategy | None:
    """An index that the server once made for such a key by itself would get the new key's name: one that was renamed is ours.

    What the key stood on and does not any more is gone by the time when it is made again.
    """
    columns = node.names("columns")
    gone = scene.before[node.id].depends_on - node.depends_on if node.id in scene.before else frozenset()
    like = re.compile(rf"{re.escape(columns[0] if columns else '')}(_\d+)?")
    for one in scene.before.children(node.parent, "index") if scene.q.comment("x") and node.parent else ():
        plain = tuple(part.text("column") for part in one.records("columns")) == columns and not one.flag("unique")
        if plain and one.id not in gone and like.fullmatch(one.name) and one.name != node.name and not _into_nothing(node, scene):
            table, name, aside = scene.table(node), scene.name(one.name), scene.name("_sqlx_aside")
            made = constraints.add(node, scene, clause(node, scene), "add_beside_index", checks=orphans(node, scene))
            renamed = (f"ALTER TABLE {table} RENAME INDEX {name} TO {aside}", f"ALTER TABLE {table} RENAME INDEX {aside} TO {name}")
            return replace(made, statements=(*renamed, *made.statements))
    return None


def add_unchecked(node: Node, scene: Scene) -> Strategy | None:
    """A key of a table that is not there, which only a server that does not look takes; where it is there, rows are looked at.

    Of a table elsewhere nobody knows that here; the rows are compared before with the one that may be there.
    """
    target = target_of(node)
    elsewhere = bool(target) and bool(target[0]) and table_id(*target) not in scene.goal and not node.text("definition")
    if not elsewhere and not _into_nothing(node, scene):
        return None
    made = constraints.add(node, scene, clause(node, scene), "add_unchecked", checks=orphans(node, scene) if elsewhere else ())
    return replace(made, settings=("SET SESSION foreign_key_checks = 0",), resets=("SET SESSION foreign_key_checks = 1",))


def target_of(node: Node) -> tuple[str, ...]:
    """The path of the other table. A table that got another name is known by it in the attribute first."""
    told = node.hints.get("target")
    path = tuple(map(str, told)) if isinstance(told, tuple) else ()
    named = NodeId.parse(f"table:{node.text('table')}").path if node.text("table") else ()
    if not path or not named or path[-1] == named[-1]:
        return path
    return (*path[:-len(named)], *named)


def _into_nothing(node: Node, scene: Scene) -> bool:
    """The other table is not there and will not be."""
    target = target_of(node)
    if not target or target[0] or node.text("definition"):
        return False
    other = table_id(*target)
    return other not in scene.after and other not in scene.goal


def orphans(node: Node, scene: Scene) -> tuple[Check, ...]:
    """The rows whose key is not in the other table."""
    target = target_of(node)
    columns, references = node.names("columns"), node.names("references") or _key_of(table_id(*target), scene) if target else ()
    if not target or len(columns) != len(references) or not node.get("valid", True):
        return ()
    some = " AND ".join(f"c.{scene.name(one)} IS NOT NULL" for one in columns)
    same = " AND ".join(f"p.{scene.name(there)} = c.{scene.name(here)}" for here, there in zip(columns, references, strict=True))
    parent = scene.name(*target)
    return (offenders.rows(node, f"{some} AND NOT EXISTS (SELECT 1 FROM {parent} AS p WHERE {same})", scene, "c", columns),)


def _key_of(table: NodeId, scene: Scene) -> tuple[str, ...]:
    """What is pointed at where nothing is said: the primary key."""
    return tuple(part.text("column") for key in scene.after.children(table, "primary_key") for part in key.records("columns"))


def drop_foreign_key(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop_foreign_key", (f"ALTER TABLE {scene.table(node)} DROP FOREIGN KEY {scene.name(node.name)}",))


def says_no_more(node: Node) -> bool:
    """The server's definition is just these columns and actions."""
    words = f"FOREIGN KEY ({', '.join(node.names('columns'))}) REFERENCES {node.text('table')}({', '.join(node.names('references'))})"
    words += f" ON UPDATE {node.text('on_update')}" if node.text("on_update") else ""
    words += f" ON DELETE {node.text('on_delete')}" if node.text("on_delete") else ""
    return node.text("definition").replace('"', "") == words.replace('"', "")


def needs(node: Node) -> frozenset[NodeId]:
    """From YAML: the other table."""
    target = node.hints.get("target")
    return frozenset({NodeId("table", tuple(map(str, target)))}) if isinstance(target, tuple) else frozenset()


def samples(schema: str) -> tuple[Sample, ...]:
    whole = (*table(schema, "parent"), *table(schema))
    here = link(schema)
    alone, pointing = table(schema), column(schema, "pointing", type="integer")
    by_name = of_table("index", schema, "rehearsed", "pointing", {"unique": False, "columns": (Record(column="pointing"),)}, ("pointing",))
    other = of_table("foreign_key", schema, "rehearsed", "rehearsed_link", {**here.attributes, "columns": ("pointing",)}, ("pointing",),
                     here.depends_on, target=table_id(schema, "parent").path)
    beside = (*whole, pointing, by_name)
    owner, id, _ = alone
    part = (Node(table_id(schema, "part"), {}), column(schema, "id", "part", type="integer", nullable=False))
    below = of_table("inheritance", schema, "part", inheritance.PARTITION, {"of": owner.id.label, "bound": "FOR VALUES FROM (1) TO (100)"}, (),
                     (owner.id, id.id, part[1].id))
    spread = (*table(schema, "parent"), owner.with_(partition_by="RANGE (id)"), id, *part, below)
    return (Sample("add", spread, (*spread, here), here.id, ways=("add_by_parts",)),
            Sample("add", whole, (*whole, here), here.id), Sample("add", alone, (*alone, here), here.id),
            Sample("add", beside, (*beside, other), other.id), Sample("drop", (*whole, here), whole, here.id),
            Sample("rename", (*whole, here), (*whole, link(schema, "renamed")), link(schema, "renamed").id),
            Sample("change.valid", (*whole, here.with_(valid=False)), (*whole, here.with_(valid=True)), here.id),
            Sample("change.comment", (*whole, here), (*whole, here.with_(comment="said")), here.id))


KIND = Kind(
    name="foreign_key",
    doc="The values of these columns are the key of a row of another table.",
    attributes=(Attribute("columns", "names", "of this table"), Attribute("table", "relation", "the other table", spelled=True),
                Attribute("references", "names", "the columns there", otherwise=(), spelled=True),
                Attribute("on_delete", "text", "what happens when the other row goes: `cascade`, `set null`, `set default`, `restrict`",
                          otherwise="", spelled=True),
                Attribute("on_update", "text", "what happens when its key changes", otherwise="", spelled=True),
                Attribute("clauses", "text", "further clauses, as they were written", otherwise="", spelled=True),
                constraints.DEFINITION, Attribute("valid", "flag", "rows that were there before were looked at", otherwise=True),
                constraints.COMMENT, Attribute("named", "flag", "people gave it a name", otherwise=True, yaml=False)),
    reads=(Read("pg_constraint", PG, read_pg, of=(1, 2)), *by_text(read_stored),
           Read("shown_text", SHOWN, read_shown, SHOW_TABLE, of=(0,))),
    add=(add_beside_index, add, add_then_validate, add_by_parts, add_unchecked),
    drop=(drop, drop_foreign_key),
    rename=(constraints.rename,),
    change={"valid": (constraints.validate,), "comment": (constraints.set_comment,)},
    samples=samples,
    binds=lambda node: True,
    dangles=True,
    instead=instead,
    rank=60,
    section="foreign_keys",
    parent="table",
    depends=needs,
    is_plain=says_no_more,
)
