"""A table in words: CREATE TABLE with its columns and constraints, under whatever name it is to have."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Catalog, Node, Value
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import _table_settings as table_settings
from kernel.kinds import check, column, foreign_key, index, primary_key, unique
from kernel.kinds._catalogs import table_id
from kernel.kinds._column_text import clause as column_clause
from kernel.kinds._relation import options_clause
from kernel.kinds._spec import Scene
from kernel.kinds._stored_text import read_table, tokens

CONSTRAINTS = ("primary_key", "unique", "check", "foreign_key")


def read_stored(name: str, sql: str) -> Iterable[Node]:
    stored = read_table(sql)
    if stored.virtual:
        return
    attributes: dict[str, Value] = {"strict": "STRICT" in stored.options, "without_rowid": "WITHOUT ROWID" in stored.options}
    yield Node(table_id("", name), attributes, hints={"text": sql})


def inlined(with_keys: bool, with_indexes: bool) -> tuple[str, ...]:
    kinds = CONSTRAINTS if with_keys else CONSTRAINTS[:-1]
    return (*kinds, "index") if with_indexes else kinds


def inline(node: Node, scene: Scene) -> str:
    """A constraint as it stands in CREATE TABLE; "" where it has no place there."""
    if not node.get("valid", True):
        return ""
    clauses = {"primary_key": primary_key.clause, "unique": unique.clause, "check": check.clause, "foreign_key": foreign_key.clause,
               "index": index.clause}
    return clauses[node.id.kind](node, scene)


def text_of(node: Node, scene: Scene, name: str, kinds: tuple[str, ...] = CONSTRAINTS) -> str:
    """CREATE TABLE for this table under this name, in the words in which it is stored where they say just this."""
    stored = node.hint("text")
    if stored and _says(stored, node, scene):
        words = tokens(stored)
        at = stored.index(words[2], stored.lower().index("table") + 5)
        return stored[:at] + name + stored[at + len(words[2]):] if words[3:4] == ["("] else f"CREATE TABLE {name} {stored[stored.index('('):]}"
    columns = _in_order(node, scene.after.children(node.id, "column"))
    members = [column_clause(one, scene) for one in columns if not taken_over(one, scene)]
    for kind in kinds:
        members += [text for one in scene.after.children(node.id, kind) if not taken_over(one, scene) and (text := inline(one, scene))]
    members += node.names("periods")
    body = ",\n    ".join(members)
    return f"CREATE {'UNLOGGED ' if node.flag('unlogged') else ''}TABLE {name} (\n    {body}\n){_tail(node, scene)}"


def _in_order(node: Node, columns: tuple[Node, ...]) -> list[Node]:
    order = {name: at for at, name in enumerate(node.names("order"))}
    return sorted(columns, key=lambda one: order.get(one.name, len(order)))


def links(node: Node, catalog: Catalog) -> tuple[Node, ...]:
    """The tables whose columns it takes over: said when it is made. A partition is attached."""
    return tuple(one for one in catalog.children(node.id, "inheritance") if not one.text("bound"))


def taken_over(node: Node, scene: Scene) -> bool:
    """It comes from a table above, and is not said here once more."""
    owner = scene.after.get(node.parent) if node.parent else None
    above = owner is not None and bool(links(owner, scene.after)) and bool(inheritance.models(node, scene.after))
    return above and not inheritance.is_restated(node, scene.after)


def _says(stored: str, node: Node, scene: Scene) -> bool:
    """The stored text reads as exactly these columns and constraints."""
    reads = (column.read_stored, primary_key.read_stored, unique.read_stored, check.read_stored, foreign_key.read_stored, read_stored)
    said = {one.id: one for read in reads for one in read(node.name, stored)}
    kinds = {"column", *CONSTRAINTS}
    wanted = {one.id: one for one in scene.after.subtree(node.id) if one.id.kind in kinds or one.id == node.id}
    return said == wanted


def _tail(node: Node, scene: Scene) -> str:
    """What stands after the closing parenthesis."""
    words = []
    if above := links(node, scene.after):
        words.append(f" INHERITS ({', '.join(scene.name(*inheritance.table_of(one).path) for one in above)})")
    if node.text("partition_by"):
        words.append(f" PARTITION BY {node.text('partition_by')}")
    words.append(table_settings.using(node, scene))
    if node.names("options"):
        words.append(f" WITH ({options_clause(node)})")
    flags = [word for name, word in (("strict", "STRICT"), ("without_rowid", "WITHOUT ROWID")) if node.flag(name)]
    words.append(" " + ", ".join(flags) if flags else "")
    for name, word in (("engine", "ENGINE"), ("charset", "DEFAULT CHARSET"), ("collation", "COLLATE"), ("row_format", "ROW_FORMAT")):
        if node.text(name):
            words.append(f" {word}={node.text(name)}")
    words += [f" {option}" for option in node.names("create_options")]
    if node.text("comment") and scene.q.comment(node.text("comment")):
        words.append(f" COMMENT={scene.q.literal(node.text('comment'))}")
    if node.text("partitions"):
        words.append(f" {node.text('partitions')}")
    return "".join(words)
