"""Column: one field of a table, with its type, default and rules.

A type, a default or a formula is kept in the server's own spelling. Where a server can only restate a column as a whole
(MODIFY), everything that the column has is said again, or it would be gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kernel.core.delta import changed_attributes
from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _anew_below as anew_below
from kernel.kinds import _column_settings as settings
from kernel.kinds import _identity as identity
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _offenders as offenders
from kernel.kinds import _periods as periods
from kernel.kinds._beside_writers import add_then_count, add_then_fill, bound_to_values, retype_beside_writers, unbound
from kernel.kinds._catalogs import PG_CLASS, USER_SCHEMA, address, not_member, of_table, texts
from kernel.kinds._column_text import (
    cast,
    clause,
    comment_statement,
    comments_apart,
    defaults_taken,
    narrowing,
    new_place,
    not_fitting,
    not_known,
    over_rows,
    say_again,
)
from kernel.kinds._counting import add_with_key, counts_later, drop_with_key, modify_counting
from kernel.kinds._formulas import modify_into_formula, modify_out_of_formula, put_formula, put_values, take_values_over
from kernel.kinds._keeping import bring_back, bring_back_by_all, bring_back_by_place, save, save_by_all, save_by_piece
from kernel.kinds._ownership import counter_made
from kernel.kinds._rehearsal import column, link, noted, standing_on, table, unnamed_key, view
from kernel.kinds._shown_text import ShownTable, by_table, names_in, renamed
from kernel.kinds._spec import Attribute, Kind, Move, Read, Sample, Scene
from kernel.kinds._stored_text import by_text, read_table
from kernel.kinds.not_null import NOT_VALID

PG = f"""
    SELECT c.oid, n.nspname, c.relname, a.attname, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod),
           a.attnotnull AND (a.attrelid, a.attnum) NOT IN {NOT_VALID},
           CASE WHEN a.atthasdef THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) END, a.attgenerated,
           CASE WHEN c.relispartition THEN '' ELSE a.attidentity END,
           CASE WHEN a.attcollation <> t.typcollation THEN
                (SELECT pg_catalog.format('%I.%I', ln.nspname, l.collname) FROM pg_catalog.pg_collation AS l
                   JOIN pg_catalog.pg_namespace AS ln ON ln.oid = l.collnamespace WHERE l.oid = a.attcollation) END,
           s.description, {identity.SELECTED},
           CASE WHEN a.attinhcount > 0 THEN {inheritance.PARENTS.format(oid='c.oid')} END, {settings.SELECTED}
      FROM {settings.COLUMNS} AS a
      JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
 LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 LEFT JOIN pg_catalog.pg_description AS s
           ON s.objoid = c.oid AND s.objsubid = a.attnum AND s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
     WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_class', 'c.oid')}
  ORDER BY c.oid, a.attnum"""

def read_pg(oid: int, schema: str, table: str, name: str, number: int, type: str, required: bool, expression: str | None,
            generated: str, counts: str, collation: str | None, comment: str | None, options: object,
            parents: object, *stored: Any) -> Iterable[Node]:
    """A column that stands above it must be there first."""
    attributes: dict[str, Value] = {
        "type": type, "nullable": not required, "default": None if generated else expression,
        "generated": expression if generated else None, "stored": generated == "s", "identity": identity.MODES[counts],
        "identity_options": texts(options), "collation": collation, "comment": comment or "", **settings.read(*stored)}
    above = [NodeId("column", (*inheritance.path(one), name)) for one in texts(parents)]
    yield of_table("column", schema, table, name, attributes, (), above, address=address(PG_CLASS, oid, number))


def read_stored(table: str, sql: str) -> Iterable[Node]:
    stored = read_table(sql)
    counting = {one.columns[0][0] for one in stored.constraints if one.autoincrement}
    for stated in stored.columns:
        attributes: dict[str, Value] = {
            "type": stated.type, "nullable": stated.nullable, "default": stated.default, "generated": stated.generated or None,
            "stored": stated.stored, "identity": "always" if stated.name in counting else "",
            "collation": stated.collation or None, "not_null_conflict": stated.not_null_conflict}
        yield of_table("column", "", table, stated.name, attributes, mentions=stated.generated, default_written=stated.default_written)


def read_shown(table: str, shown: ShownTable) -> Iterable[Node]:
    for name, stated in shown.columns.items():
        formulas = " ".join(str(stated[one]) for one in ("generated", "default", "check") if stated[one])
        columns = [one for one in names_in(formulas) if one in shown.columns and one != name] if formulas else ()
        yield of_table("column", "", table, name, stated, columns, explicit_null=name in shown.explicit_null, mentions=stated["default"])


def add(node: Node, scene: Scene) -> Strategy | None:
    """A column that comes with one above differs from that perhaps."""
    if node.text("identity") and scene.q.identity_needs_key:
        return None
    if periods.goes_with_period(node, scene):
        return inheritance.nothing("add") if periods.is_end(node) else None
    if inheritance.comes_along(node, scene):
        return inheritance.nothing("add")
    below = inheritance.brought(node, scene)
    first = tuple(f"ALTER TABLE {scene.table(one)} ADD COLUMN {clause(one, scene)}" for one in below if inheritance.is_restated(one, scene.goal))
    unlikes = tuple(said for one in below for said in unlike(node, one, scene))
    text = f"ALTER TABLE {scene.table(node)} ADD COLUMN {clause(node, scene)}{new_place(node, scene)}"
    apart = (*comments_apart((node,), scene), *defaults_taken((node,), scene), *settings.apart((node,), scene), *counter_made(node, scene))
    there = [scene.goal[one.id] for one in inheritance.copies_for_good(node, scene) if one.id in scene.goal]
    covers = frozenset(one.id for one in below) | inheritance.restated((*below, *there), scene)
    texts = (*first, text, *inheritance.not_restated(there, scene), *apart, *unlikes)
    return Strategy("add", texts, covers=covers, needs=over_rows(node), checks=offenders.without_value(node, scene))


def unlike(model: Node, node: Node, scene: Scene) -> tuple[str, ...]:
    """What is to be said of a column that came with one above, and is not quite like that."""
    here = f"ALTER TABLE ONLY {scene.table(node)} ALTER COLUMN {scene.name(node.name)}"
    found = []
    if node.get("default") != model.get("default") and not node.text("generated"):
        found.append(f"{here} DROP DEFAULT" if node.get("default") is None else f"{here} SET DEFAULT {node.text('default')}")
    if not node.get("nullable", True) and all(one.get("nullable", True) for one in (model, *inheritance.models(node, scene.after))):
        found.append(f"{here} SET NOT NULL")
    return (*found, *comments_apart((node,), scene), *settings.apart((node,), scene))


def drop(node: Node, scene: Scene) -> Strategy | None:
    """A column goes with the one above; a table below that would keep it loses it as well."""
    if drop_with_key(node, scene):
        return None
    if periods.goes_with_period(node, scene):
        return inheritance.nothing("drop") if periods.is_end(node) else None
    if inheritance.goes_along(node, scene):
        return inheritance.nothing("drop")
    column = scene.name(node.name)
    below = tuple(f"ALTER TABLE {scene.name(*one.path)} DROP COLUMN IF EXISTS {column}" for one in inheritance.left_below(node, scene))
    copies = inheritance.going_with(node, scene)
    only = "ONLY " if any(one.id in scene.goal for one in copies) else ""
    covers = frozenset(one.id for one in copies) | inheritance.restated(copies, scene)
    loses = f"the values of {node.id.label}; what they were before, for good" if periods.forgotten(node, scene) else ""
    return Strategy("drop", (f"ALTER TABLE {only}{scene.table(node)} DROP COLUMN {column}", *below), covers=covers, loses=loses)


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    text = f"ALTER TABLE {scene.table(before)} RENAME COLUMN {scene.name(before.name)} TO {scene.name(after.name)}"
    return Strategy("rename", (text,))


def rename_with_counter(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A counter keeps the name of the column as it was, unless it is told."""
    counters = identity.following([(before, after)], scene)
    return Strategy("rename_with_counter", (*rename(before, after, scene).statements, *counters)) if counters else None


def rename_with_checks(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Conditions that name the column are said again in the same statement."""
    checks = [one for one in scene.before.dependants(before.id) if one.id.kind == "check" and one.text("expression")]
    if not checks:
        return None
    old, new = scene.name(before.name), scene.name(after.name)
    actions = [f"DROP CONSTRAINT {scene.name(one.name)}" for one in checks] + [f"RENAME COLUMN {old} TO {new}"]
    for one in checks:
        enforced = "" if one.get("enforced", True) else " NOT ENFORCED"
        actions.append(f"ADD CONSTRAINT {scene.name(one.name)} CHECK ({renamed(one.text('expression'), old, new)}){enforced}")
    return Strategy("rename_with_checks", (f"ALTER TABLE {scene.table(before)} {', '.join(actions)}",))


def _alter(name: str, action: str, *attributes: str, alone: bool = False) -> Move:
    """ALTER COLUMN with one action, for the attributes that it makes true; `alone`: not for the tables below."""
    def move(before: Node, after: Node, scene: Scene) -> Strategy | None:
        said = action.format(type=after.text("type"), default=after.text("default"), expression=after.text("generated"))
        only = inheritance.only(after, scene) if alone else ""
        return Strategy(name, (f"ALTER TABLE {only}{scene.table(after)} ALTER COLUMN {scene.name(after.name)} {said}",), attributes=attributes)
    move.__name__ = name
    return move


def set_type(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A new type, with the values cast to it; a default is taken off and put back, for it need not have a cast."""
    if inheritance.above_for_good(after, scene):
        return inheritance.nothing("set_type", ("type", "collation"))
    here = f"ALTER TABLE {scene.table(after)} ALTER COLUMN {scene.name(after.name)}"
    collate = f" COLLATE {after.text('collation')}" if after.text("collation") else ""
    tried = cast(before, after, scene)
    text = f"{here} TYPE {after.text('type')}{collate}"
    generated = after.text("generated")
    alone = _here(after, scene) if inheritance.only(after, scene) else here
    off: tuple[str, ...] = (f"{alone} DROP DEFAULT",) if before.get("default") is not None and not generated else ()
    on: tuple[str, ...] = (f"{alone} SET DEFAULT {after.text('default')}",) if after.get("default") is not None and not generated else ()
    below = [(one, scene.after.get(one.id)) for one in inheritance.copies(before, scene.before)] if not generated else []
    off += tuple(f"{_here(one, scene)} DROP DEFAULT" for one, _ in below if one.get("default") is not None)
    on += tuple(f"{_here(one, scene)} SET DEFAULT {one.text('default')}" for _, one in below if one is not None and one.get("default") is not None)
    anew = frozenset(one.id for one, _ in below if one.get("default") != scene.goal.get(one.id, one).get("default"))
    return Strategy("set_type", (*off, text if generated or not tried else f"{text} USING {tried}", *on, *settings.again(after, scene),
                                 *anew_below.said_again(before, scene)),
                    attributes=("type", "collation", "default"), loses=narrowing(before, after) if tried else "", covers=anew,
                    checks=(*not_fitting(before, after, scene), *(() if generated else not_known(before, after, scene, tried))))


def _here(node: Node, scene: Scene) -> str:
    return f"ALTER TABLE ONLY {scene.table(node)} ALTER COLUMN {scene.name(node.name)}"


def modify(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The whole column said again."""
    if bool(before.text("generated")) != bool(after.text("generated")) or before.flag("stored") != after.flag("stored"):
        return None
    later = counts_later(before, after, scene)
    after = after.with_(identity="") if later else after
    said = say_again("modify", before, after, scene)
    said = replace(said, attributes=tuple(one for one in said.attributes if one != "identity")) if later else said
    binds = bool(before.get("nullable", True)) and not after.get("nullable", True)
    return replace(said, checks=(*said.checks, offenders.nulls(after, scene))) if binds else said


def modify_identity(before: Node, after: Node, scene: Scene) -> Strategy | None:
    return modify_counting(before, after, scene) or modify(before, after, scene)


modify_identity.__name__ = modify.__name__


def set_identity(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A counter that comes begins with the rights that its grants are told from."""
    made = identity.set_identity(before, after, scene)
    comes = after.text("identity") and not before.text("identity")
    return replace(made, statements=(*made.statements, *counter_made(after, scene))) if made and comes else made


def set_default(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Numbers of a sequence begin behind those that the rows have."""
    if after.get("default") is None:
        return None
    counter = identity.counter_of_default(after)
    made = _alter("set_default", "SET DEFAULT {default}", alone=True)(before, after, scene)
    return replace(made, statements=(*made.statements, identity.count_on(after, counter, scene))) if made and counter else made


def drop_default(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if after.get("default") is not None:
        return None
    return _alter("drop_default", "DROP DEFAULT", alone=True)(before, after, scene)


def set_not_null(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if after.get("nullable", True):
        return None
    if any(not one.get("nullable", True) for one in inheritance.comes_along(after, scene)):
        return inheritance.nothing("set_not_null")
    text = f"ALTER TABLE {scene.table(after)} ALTER COLUMN {scene.name(after.name)} SET NOT NULL"
    return Strategy("set_not_null", (text,), checks=(offenders.nulls(after, scene),))


def set_not_null_by_check(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """The rows are read under a weak lock first; the strong lock then needs no reading."""
    if after.get("nullable", True) or inheritance.models(after, scene.before):
        return None
    return Strategy("set_not_null_by_check", bound_to_values(after, scene.name(after.name), scene), checks=(offenders.nulls(after, scene),),
                    apart=True, sweep=(unbound(after, scene),))


def drop_not_null(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Tables below come along; those that are to go on without nulls are told again."""
    if not after.get("nullable", True):
        return None
    if any(not one.get("nullable", True) and scene.goal[one.id].get("nullable", True)
           for one in inheritance.above_for_good(after, scene) if one.id in scene.goal):
        return inheritance.nothing("drop_not_null")
    copies = [one for one in inheritance.copies(after, scene.goal) if one.id in scene.before]
    again = (f"{_here(one, scene)} {'DROP' if one.get('nullable', True) else 'SET'} NOT NULL" for one in copies)
    made = _alter("drop_not_null", "DROP NOT NULL")(before, after, scene)
    return replace(made, statements=(*made.statements, *again)) if made else None


def take_default(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Rows must say a value, although null is one."""
    return _alter("take_default", "DROP DEFAULT", "no_default", "default")(before, after, scene) if after.flag("no_default") else None


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (comment_statement(after, scene),))


def set_expression(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if not (before.text("generated") and after.text("generated")) or before.get("stored") != after.get("stored"):
        return None
    if any(one.get("generated") == after.get("generated") for one in inheritance.comes_along(after, scene)):
        return inheritance.nothing("set_expression")
    return _alter("set_expression", "SET EXPRESSION AS ({expression})")(before, after, scene)


def drop_expression(before: Node, after: Node, scene: Scene) -> Strategy | None:
    if after.text("generated") or not before.flag("stored"):
        return None
    if inheritance.above_for_good(after, scene):
        return inheritance.nothing("drop_expression", ("generated", "stored"))
    return _alter("drop_expression", "DROP EXPRESSION", "generated", "stored")(before, after, scene)


def do_without(node: Node, gone: frozenset[NodeId]) -> Node | None:
    """A column can do without its default while what that needs is made again, and be text while its type is."""
    if node.text("generated"):
        return None
    type = node.text("type").removesuffix("[]").replace('"', "")
    if any(type == ".".join(id.path) or (id.kind == "extension" and "." in type) for id in gone):
        return node.with_(type="text", default=None, collation=None)
    return None if node.get("default") is None else node.with_(default=None)


def samples(schema: str) -> tuple[Sample, ...]:
    plain = noted(schema)
    whole = table(schema)
    beside = view(schema, "beside", f"SELECT noted FROM {'.'.join(part for part in (schema, 'rehearsed') if part)}", whole[0].id, plain.id)

    def checked(one: Node) -> Node:
        return of_table("check", schema, "rehearsed", "not_empty", {"expression": f"{one.name} <> ''"}, (one.name,))

    def story(slot: str, before: Node, after: Node, *also: Node) -> Sample:
        return Sample(slot, (*whole, before, *also), (*whole, after, *also), after.id, also[0].id.kind if also else "")
    counted = column(schema, "counted", type="bigint", nullable=False)
    recounted = column(schema, "recounted", type="bigint", nullable=False, identity="always")
    made = column(schema, "made", type="integer", generated="id + 1", stored=True)
    since = column(schema, "since", type="timestamp", default="CURRENT_TIMESTAMP")
    plain_number = column(schema, "made", type="integer")
    seen = column(schema, "seen", type="datetime")
    owner, id, key = whole
    versioned = (owner.with_(create_options=("WITH SYSTEM VERSIONING",)), id, key)
    said = column(schema, "said", type="varchar(20)")
    parent, alike = table(schema, "parent"), unnamed_key(schema)
    return (
        Sample("add", whole, (*whole, recounted), recounted.id, ways=("add_then_count",)),
        Sample("add", whole, (*whole, plain), plain.id),
        Sample("add", whole, (*whole, made), made.id, "formula"),
        Sample("add", whole, (*whole, since), since.id, "moment"),
        Sample("add", whole, (*whole, plain.with_(nullable=False)), plain.id, "bound"),
        Sample("add", whole, (*whole, plain.with_(default="'x'")), plain.id),
        Sample("add", whole, (*whole, plain.with_(default="'x'", nullable=False)), plain.id),
        Sample("drop", (*whole, plain), whole, plain.id),
        Sample("rename", (*whole, counted.with_(identity="always")), (*whole, recounted), recounted.id),
        Sample("rename", (*whole, plain, checked(plain)), (*whole, said, checked(said)), said.id),
        Sample("rename", (*whole, plain), (*whole, column(schema, "said", type="varchar(20)")), NodeId("column", (schema, "rehearsed", "said"))),
        story("change.type", plain, plain.with_(type="varchar(40)")),
        *(story("change.type", plain, plain.with_(type="varchar(40)"), *one) for one in ((beside,), *standing_on(schema, "noted"))),
        story("change.nullable", plain, plain.with_(nullable=False)),
        story("change.nullable", plain.with_(nullable=False), plain),
        story("change.default", plain, plain.with_(default="'x'")),
        story("change.default", plain.with_(default="'x'"), plain),
        story("change.comment", plain, plain.with_(comment="said")),
        story("change.collation", plain, plain.with_(collation='"C"')),
        story("change.collation", plain, plain.with_(collation="utf8mb4_bin", charset="utf8mb4")),
        story("change.charset", plain, plain.with_(charset="latin1", collation="latin1_german1_ci")),
        story("change.on_update", seen, seen.with_(on_update="CURRENT_TIMESTAMP")),
        story("change.invisible", plain, plain.with_(invisible=True)),
        story("change.check", plain, plain.with_(check="noted <> ''")),
        story("change.clauses", plain, plain.with_(clauses="COLUMN_FORMAT FIXED")),
        Sample("change.clauses", (*versioned, plain), (*versioned, plain.with_(clauses="WITHOUT SYSTEM VERSIONING")), plain.id),
        story("change.no_default", plain, plain.with_(no_default=True)),
        story("change.no_default", plain.with_(no_default=True), plain),
        Sample("change.identity", whole, (owner, id.with_(identity="default"), key), id.id),
        Sample("change.identity", (owner, id.with_(identity="default"), key), whole, id.id),
        Sample("add", (owner, counted), (owner, counted, id.with_(identity="default"), alike), id.id),
        Sample("drop", (owner, counted, id.with_(identity="default"), alike),
               (owner, counted, alike.with_(columns=(Record(column="counted"),))), id.id),
        Sample("change.type", (*parent, *whole, link(schema)), (*parent, owner, id.with_(type="bigint"), key, link(schema)), id.id, "foreign_key"),
        story("change.identity", counted, counted.with_(identity="always")),
        story("change.identity_options", counted.with_(identity="always"), counted.with_(identity="always", identity_options=("INCREMENT BY 2",))),
        story("change.generated", made, made.with_(generated="id + 2")),
        story("change.generated", made, made.with_(generated=None, stored=False)),
        story("change.generated", plain_number, made),
        story("change.generated", plain_number, plain_number.with_(generated="id + 1")),
        story("change.generated", plain_number.with_(generated="id + 1"), plain_number),
        *settings.samples(schema),
        *periods.samples(schema),
    )


def binds(node: Node) -> bool:
    """Rows must say a value, and a program that does not know of it does not."""
    return not (node.get("nullable", True) or node.get("default") is not None or node.text("generated") or node.text("identity"))


LOOSE = frozenset({"comment", "default", "on_update", *(one.name for one in settings.ATTRIBUTES)})
"""Attributes by which no program is told anything else than before, or only where it said nothing."""


def loosens(before: Node, after: Node) -> bool:
    changed = set(changed_attributes(before, after))
    return changed <= LOOSE | ({"nullable"} if after.get("nullable", True) else set())


KIND = Kind(
    name="column",
    doc="One field of a table.",
    attributes=(
        Attribute("type", "type", "a neutral type (`bigint`, `string(320)`, `timestamp(tz)`, ...) or `native(...)`", spelled=True),
        Attribute("nullable", "flag", "may hold null", otherwise=True),
        Attribute("default", "default", "the value of rows that do not say one: a SQL expression", spelled=True),
        Attribute("generated", "expression", "the formula that the server computes it by", spelled=True),
        Attribute("stored", "flag", "the formula's result is kept in the row, not computed when read", otherwise=False),
        *identity.ATTRIBUTES,
        Attribute("collation", "collation", "how its text is sorted and compared", spelled=True),
        Attribute("charset", "text", "the character set, where a server has one per column", spelled=True),
        Attribute("on_update", "expression", "the value that it gets whenever the row changes", otherwise="", spelled=True),
        Attribute("invisible", "flag", "left out of SELECT *", otherwise=False),
        Attribute("check", "expression", "a condition that belongs to the column itself", otherwise="", spelled=True),
        Attribute("clauses", "text", "further clauses, as the server prints them", otherwise="", spelled=True),
        Attribute("no_default", "flag", "rows must say a value, although it may be null", otherwise=False, yaml=False),
        Attribute("comment", "text", "what people should know about it", otherwise=""),
        Attribute("not_null_conflict", "text", "what a null does (ON CONFLICT)", otherwise="", yaml=False),
        *settings.ATTRIBUTES,
    ),
    reads=(Read("pg_attribute", PG, read_pg, of=(1, 2)), *by_text(read_stored), by_table(read_shown)),
    add=(add, add_then_fill, add_then_count, add_with_key, periods.add_with_period),
    drop=(drop, drop_with_key, periods.drop_with_period),
    rename=(rename_with_counter, rename, rename_with_checks),
    change={
        "type": (set_type, modify, retype_beside_writers),
        "collation": (set_type, modify),
        "generated": (set_expression, drop_expression, modify, modify_into_formula, modify_out_of_formula, put_formula, put_values, take_values_over),
        "nullable": (set_not_null, set_not_null_by_check, drop_not_null, modify),
        "default": (set_default, drop_default, modify),
        "comment": (set_comment, modify),
        "charset": (modify,),
        "on_update": (modify,),
        "invisible": (modify,),
        "stored": (modify,),
        "check": (modify,),
        "clauses": (modify,),
        "no_default": (take_default, modify),
        "identity": (set_identity, modify_identity),  # comes when all else is as it is to be: a key may have to come between
        "identity_options": (identity.set_options,),
        **settings.CHANGE,
    },
    keep=(save, save_by_piece, save_by_all),
    restore=(bring_back, bring_back_by_place, bring_back_by_all),
    samples=samples,
    untold=("change.stored",),
    binds=binds,
    loosens=loosens,
    rank=20,
    section="columns",
    parent="table",
    along=inheritance.called_alike,
    names=identity.counters,
    shorthand="type",
    holds_rows=True,
    ease=do_without,
)
