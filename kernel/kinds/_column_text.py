"""A column in words: its clause in CREATE TABLE and ALTER TABLE, what needs a statement of its own, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kernel.core.node import Catalog, Node
from kernel.core.strategy import Check, Strategy
from kernel.kinds import _offenders as offenders
from kernel.kinds._catalogs import table_id
from kernel.kinds._identity import counter_of_default, options
from kernel.kinds._numbers import not_held
from kernel.kinds._spec import Scene
from kernel.kinds._stored_text import in_own_blanks

ROW_TIMES = ("ROW START", "ROW END")
"""The formulas of the columns that say since when and until when a row was as it is."""


def clause(node: Node, scene: Scene, *, nullable: bool | None = None) -> str:
    """The column as it stands in CREATE TABLE and ADD COLUMN."""
    q = scene.q
    words = [q.name(node.name), node.text("type")]
    if node.text("charset"):
        words.append(f"CHARACTER SET {node.text('charset')}")
    if node.text("collation"):
        words.append(f"COLLATE {node.text('collation')}")
    if node.text("generated") in ROW_TIMES:
        words.append(f"GENERATED ALWAYS AS {node.text('generated')}")
    elif node.text("generated"):
        words.append(f"GENERATED ALWAYS AS ({node.text('generated')}) {'STORED' if node.flag('stored') else 'VIRTUAL'}")
    may_be_null = node.get("nullable", True) if nullable is None else nullable
    if not may_be_null:
        words.append("NOT NULL" + (f" ON CONFLICT {node.text('not_null_conflict')}" if node.text("not_null_conflict") else ""))
    elif node.hints.get("explicit_null"):
        words.append("NULL")
    elif not node.text("generated"):
        words.append(q.null(node.text("type")))
    if node.text("clauses"):
        words.append(node.text("clauses"))
    if node.flag("invisible"):
        words.append("INVISIBLE")
    if node.get("default") is not None:
        words.append(f"DEFAULT {q.default(in_own_blanks(node.hint('default_written'), node.text('default')))}")
    if node.text("on_update"):
        words.append(f"ON UPDATE {node.text('on_update')}")
    if node.text("identity"):
        words.append(q.identity(node.text("identity")) + options(node))
    if node.text("comment") and q.comment(node.text("comment")):
        words.append(q.comment(node.text("comment")))
    if node.text("check"):
        words.append(f"CHECK ({node.text('check')})")
    return " ".join(word for word in words if word)


def comment_statement(node: Node, scene: Scene) -> str:
    return f"COMMENT ON COLUMN {scene.name(*node.id.path)} IS {scene.q.literal(node.text('comment') or None)}"


def comments_apart(nodes: Iterable[Node], scene: Scene) -> tuple[str, ...]:
    """The statements for comments that have no place in the column's own clause."""
    return tuple(comment_statement(node, scene) for node in nodes if node.text("comment") and not scene.q.comment("x"))


def defaults_taken(nodes: Iterable[Node], scene: Scene) -> tuple[str, ...]:
    """The statements for columns that may hold null and yet have no default: no clause says so."""
    return tuple(f"ALTER TABLE {scene.table(node)} ALTER COLUMN {scene.name(node.name)} DROP DEFAULT" for node in nodes if node.flag("no_default"))


def new_place(node: Node, scene: Scene, *come: str) -> str:
    """AFTER or FIRST, where the server keeps an order that people can choose and the column is not to be the last; others may have come just now."""
    owner = scene.goal.get(table_id(*node.id.path[:2]))
    order = owner.names("order") if owner else ()
    if node.name not in order or order[-1] == node.name:
        return ""
    there = scene.before.get(table_id(*node.id.path[:2]))
    before = [name for name in order[:order.index(node.name)] if not there or name in (*there.names("order"), *come)]
    return f" AFTER {scene.name(before[-1])}" if before else " FIRST"


def old_place(node: Node, scene: Scene) -> str:
    """The words that put a column where it stood."""
    owner = scene.before.get(table_id(*node.id.path[:2]))
    order = owner.names("order") if owner else ()
    at = order.index(node.name) if node.name in order else -1
    return "" if at < 0 else f" AFTER {scene.name(order[at - 1])}" if at else " FIRST"


def say_again(verb: str, before: Node, after: Node, scene: Scene) -> Strategy:
    attributes = tuple({*before.attributes, *after.attributes})
    text = f"ALTER TABLE {scene.table(after)} MODIFY COLUMN {clause(after, scene)}"
    return Strategy(verb, (*_as_texts(before, after, scene), text, *defaults_taken((after,), scene)), attributes=attributes,
                    loses="" if are_characters(before, after) else narrowing(before, after),
                    checks=(*not_fitting(before, after, scene), *not_known(before, after, scene), *not_spelled(before, after, scene)))


def _as_texts(before: Node, after: Node, scene: Scene) -> tuple[str, ...]:
    """Bytes are texts first, where they are to be documents: no server takes them for such as they are."""
    if not _BYTES.match(before.text("type")) or after.text("type").lower() != "json" or after.text("generated"):
        return ()
    texts = after.without("collation", "default").with_(type="longtext", charset="utf8mb4", nullable=before.get("nullable", True))
    return (f"ALTER TABLE {scene.table(after)} MODIFY COLUMN {clause(texts, scene)}",)


_BYTES = re.compile(r"(?:var)?binary|(?:tiny|medium|long)?blob", re.I)

_LADDERS = (("smallint", "integer", "bigint"), ("tinyint", "smallint", "mediumint", "int", "bigint"), ("real", "double precision"),
            ("float", "double"), ("tinytext", "text", "mediumtext", "longtext"), ("tinyblob", "blob", "mediumblob", "longblob"))


MADE_TYPES = frozenset({"enum", "domain", "composite_type", "range_type", "base_type", "extension"})

CAST_AS_TEXT = MADE_TYPES - {"domain", "extension"}
"""Types whose values become those of another one by what they look like."""

TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set")
"""How the types begin whose values are in a character set."""

_COMPRESSED = " compressed"
"""How a type is stored, and not what it holds."""
_LISTED = re.compile(r"(enum|set)\(.*\)", re.I | re.S)
_QUOTED = re.compile(r"'(?:[^']|'')*'")
"""A type that lists its values, and each of them."""


def narrowing(before: Node, after: Node) -> str:
    """In words, what may not fit; "" where every value of the old type is one of the new."""
    old, new = before.text("type"), after.text("type")
    plain_old, plain_new = (one.lower().removesuffix(_COMPRESSED) for one in (old, new))
    if plain_old == plain_new or _widens(plain_old, plain_new):
        return ""
    return f"values of {before.id.label} that do not fit {new} (it was {old})"


_CHARACTERS = re.compile(r"(?:character varying|varchar|text)(?:\((\d+)\))?", re.I)


def are_characters(before: Node, after: Node) -> bool:
    """Texts before and after: what is too long is refused by itself, where it is not cut by a cast."""
    return all(_CHARACTERS.fullmatch(one.text("type")) for one in (before, after))


def cast(before: Node, after: Node, scene: Scene) -> str:
    """The values as those of another type; "" from text to text, where a cast would cut what is too long, and the server refuses it otherwise."""
    through = "::text" if any(id.kind in CAST_AS_TEXT for one in (before, after) for id in one.depends_on) else ""
    return "" if are_characters(before, after) else f"{scene.name(after.name)}{through}::{after.text('type')}"


def not_fitting(before: Node, after: Node, scene: Scene) -> tuple[Check, ...]:
    """The rows whose text is longer, or whose number is greater or less, than the column will hold."""
    old, new = (_CHARACTERS.fullmatch(one.text("type")) for one in (before, after))
    if beyond := not_held(scene.name(after.name), before.text("type"), after.text("type")):
        return (offenders.rows(after, beyond, scene),)
    if old is None or new is None or not new[1] or (old[1] and int(old[1]) <= int(new[1])):
        return ()
    return (offenders.rows(after, f"char_length({scene.name(after.name)}) > {new[1]}", scene),)


def not_known(before: Node, after: Node, scene: Scene, cast: str = "") -> tuple[Check, ...]:
    """The rows whose text the new type does not know for one of its values; `cast` is the expression that a server may be asked to try.

    Of an enum that comes with the plan, the words are known here alone.
    """
    name, new = scene.name(after.name), after.text("type")
    if not narrowing(before, after):
        return ()
    enum = next((scene.goal[id] for id in after.depends_on if id.kind == "enum" and id in scene.goal), None)
    if enum is not None:
        words = ", ".join(map(scene.q.literal, enum.names("values")))
        return () if new.endswith("[]") or not words else (offenders.rows(after, f"{name}::text NOT IN ({words})", scene),)
    unknown = scene.q.unknown(name, before.text("type"), new)
    trial = f"SELECT count({cast}) FROM {scene.table(after)}" if cast else ""
    return (replace(offenders.rows(after, unknown, scene), trial=trial),) if unknown else ()


_ALL_CHARACTERS = ("utf8mb4", "utf16", "utf16le", "utf32", "gb18030", "binary", "")


def not_spelled(before: Node, after: Node, scene: Scene) -> tuple[Check, ...]:
    """The rows with a character that the column's other character set does not have: there it would be a question mark."""
    old, new = charset_of(before, scene.before), charset_of(after, scene.after)
    if old == new or old in ("binary", "") or new in _ALL_CHARACTERS:
        return ()
    name = scene.name(before.name)
    return (offenders.rows(before, f"CONVERT(CONVERT({name} USING {new}) USING {old}) COLLATE {old}_bin <> {name}", scene),)


def charset_of(column: Node, catalog: Catalog) -> str:
    """Its own character set, else its table's; "" where it holds no texts or nobody says one."""
    if not column.text("type").lower().startswith(TEXTS):
        return ""
    table = catalog.get(column.parent) if column.parent else None
    return column.text("charset") or (table.text("charset") if table is not None else "")


def _widens(old: str, new: str) -> bool:
    def parts(text: str) -> tuple[str, list[int], str]:
        head, _, rest = text.partition("(")
        numbers, _, tail = rest.partition(")")
        return head.strip(), [int(one) for one in numbers.split(",") if one.strip().isdigit()], tail.strip()
    if all(_LISTED.fullmatch(one) for one in (old, new)):
        return old.partition("(")[0] == new.partition("(")[0] and set(_QUOTED.findall(old)) <= set(_QUOTED.findall(new))
    (a, m, s), (b, n, t) = parts(old), parts(new)
    if a == b and s == t:
        if not n or not m:
            return not n
        whole, places = (n[0] - sum(n[1:2]), sum(n[1:2])), (m[0] - sum(m[1:2]), sum(m[1:2]))
        return whole[0] >= places[0] and whole[1] >= places[1]
    if s != t and (a, s) != (a, ""):
        return False
    if b in ("text", "longtext", "character varying", "varchar") and not n:
        return a not in ("bytea", "blob")
    return any(a in ladder and b in ladder and ladder.index(a) <= ladder.index(b) for ladder in _LADDERS)


def over_rows(node: Node) -> tuple[str, ...]:
    """What a server must have been seen to take where there are rows: it is to say something for each of them."""
    if node.text("generated"):
        return ("column.add.add@formula",) if node.flag("stored") else ()
    return ("column.add.add@moment",) if re.match(r"\(|current_", node.text("default"), re.I) else ()


def is_computed(node: Node) -> bool:
    """Its default is an expression that calls something or reckons: it need not have a value for every row, although the column holds some."""
    return re.match(r"[^'\"]*\(", node.text("default")) is not None and not counter_of_default(node)
